/**
 * What a published message costs on the bus, without sockets: publish, batch, encode, MAC, verify, decode, in
 * one process and one thread. Run: `node packages/gossip/bench/flood.ts`.
 */
import { ascii, type Bytes } from "@slotcast/protocol";
import { createSecretKey, randomBytes } from "node:crypto";
import { decodeBatch } from "../src/batch-codec.ts";
import { frameBody, FrameOpener, FrameSealer, headBytesOf } from "../src/frame-codec.ts";
import { PublishBatches, Batch, type SealedBatch } from "../src/publish-batches.ts";
import { RouteCache } from "../src/route-cache.ts";

const TOTAL_MESSAGES = 2_000_000;

class BenchPeer {
  batch = new Batch(0);
  readonly #key = createSecretKey(randomBytes(32));
  readonly #sealer = new FrameSealer(this.#key);
  readonly #opener = new FrameOpener(this.#key, { kind: "flood", from: "dialler" });
  received = 0;
  bytes = 0;

  send(body: ReturnType<typeof frameBody>): void {
    const headBytes = headBytesOf(body.sizeBytes);
    const frame = Buffer.allocUnsafe(headBytes + body.sizeBytes);
    this.#sealer.seal("publish", body, frame);
    let at = headBytes;
    for (const part of body.parts) at += part.copy(frame, at);
    this.bytes += frame.length;
    this.#opener.push(frame, (_, received) => {
      this.received += decodeBatch(received, (channel, payload) => {
        if (channel.length + payload.length === 0) throw new Error("never");
      });
      return true;
    });
  }
}

function run(options: {
  readonly name: string;
  readonly peersCount: number;
  readonly channelsCount: number;
  readonly payloadBytes: number;
  readonly messagesPerTurn: number;
  readonly isPartial?: boolean;
}): void {
  const { peersCount, channelsCount, payloadBytes, messagesPerTurn } = options;
  const peers = Array.from({ length: peersCount }, () => new BenchPeer());
  const batches = new PublishBatches<BenchPeer>((sealed: SealedBatch<BenchPeer>) => {
    const body = frameBody(...sealed.parts());
    for (const peer of sealed.targets) peer.send(body);
  });
  batches.setTargets(peers);
  const routes = new RouteCache<BenchPeer>((channel) =>
    options.isPartial === true
      ? peers.filter(
          (_, index) => (channel.length + Number(channel.slice(8))) % peersCount === index,
        )
      : peers,
  );
  // As in the node: arguments are slices of a chunk, never the same string object twice.
  const chunk = Array.from({ length: messagesPerTurn }, (_, index) => {
    const channel = `channel:${String(index % channelsCount).padStart(4, "0")}`;
    return { channel, text: channel + "x".repeat(payloadBytes) };
  });
  const text = chunk.map((part) => part.text).join("");
  const startMs = performance.now();
  let messages = 0;
  while (messages < TOTAL_MESSAGES) {
    let at = 0;
    for (const { channel } of chunk) {
      const end = at + channel.length;
      const sliced: Bytes = ascii(text.substring(at, end));
      const route = routes.routeOf(sliced);
      batches.append(route, ascii(text.substring(end, end + payloadBytes)));
      at = end + payloadBytes;
    }
    messages += messagesPerTurn;
    batches.flush();
  }
  const seconds = (performance.now() - startMs) / 1000;
  const received = peers.reduce((sum, peer) => sum + peer.received, 0);
  const bytes = peers.reduce((sum, peer) => sum + peer.bytes, 0);
  const overhead = bytes / received - payloadBytes - "channel:0000".length;
  console.log(
    `${options.name.padEnd(44)} ${(messages / seconds / 1e6).toFixed(2)} M published/s, ` +
      `${(received / seconds / 1e6).toFixed(2)} M received/s, ` +
      `${overhead.toFixed(1)} bytes/message besides channel and payload`,
  );
}

const base = { peersCount: 1, channelsCount: 1, payloadBytes: 64, messagesPerTurn: 800 };
run({ ...base, name: "warm-up" });
run({ ...base, name: "1 peer, 1 channel, 800 a turn" });
run({ ...base, name: "1 peer, 100 channels, 800 a turn", channelsCount: 100 });
run({ ...base, name: "1 peer, 1 channel, 16 a turn", messagesPerTurn: 16 });
run({ ...base, name: "1 peer, 1 channel, 20,000 a turn", messagesPerTurn: 20_000 });
run({ ...base, name: "2 peers, 100 channels, 800 a turn", peersCount: 2, channelsCount: 100 });
run({
  ...base,
  name: "2 peers, 100 channels, each wants half",
  peersCount: 2,
  channelsCount: 100,
  isPartial: true,
});
run({
  ...base,
  name: "2 peers, 1 channel, 1 KB, 100 a turn",
  peersCount: 2,
  payloadBytes: 1024,
  messagesPerTurn: 100,
});
