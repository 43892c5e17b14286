import fc from "fast-check";
import { createSecretKey, randomBytes } from "node:crypto";
import { once } from "node:events";
import { connect, createServer, type AddressInfo } from "node:net";
import { expect, test } from "vitest";
import { BusProtocolError } from "./bus-protocol-error.ts";
import {
  FRAME_HEAD_BYTES,
  frameBody,
  FrameOpener,
  FrameSealer,
  headBytesOf,
} from "./frame-codec.ts";
import type { FrameName, LinkKind } from "./frame-types.ts";
import { HELLO_BYTES } from "./handshake.ts";
import { attack, forgedAnswer, mount, Wiretap, type Recording } from "./test-attacks.ts";
import { TestBus, until } from "./test-buses.ts";

// Goal: who does not know the secret changes nothing and is heard by nobody, whatever he sends, replays or reflects.
// Method: everything that two nodes say is recorded and used against them, thousands of times, from a seed.

const CONNECTIONS = 3000;
const MEETINGS = 400;
const AT_ONCE = 16;

/** Source: mulberry32. The same attacks each time. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Both have said all kinds of things to each other; what `b` said to `a` and its answers are recorded. */
async function acquainted(a: TestBus, b: TestBus, tap: Wiretap): Promise<Recording[]> {
  const port = await tap.listen();
  await b.listen();
  a.bus.setPeers([b.address]);
  b.bus.setPeers([{ ...a.address, port }]);
  b.bus.openData(a.id);
  b.bus.meet({ host: "127.0.0.1", port });
  await until("linked", () => a.bus.links.length === 5 && b.bus.links.length === 5);
  await until("met", () => a.strangersUp.length === 1 && b.strangersUp.length === 1);
  b.publish("x", "abc");
  b.bus.setShardPeers([a.id]);
  b.publishShard("x", "abc");
  b.bus.flush();
  b.bus.send(a.id, "raft", { term: 7 });
  b.bus.send(a.id, "join", { nodeId: b.id });
  for (const link of b.dataLinks) link.send(frameBody(Buffer.from("effects")));
  await until("all said", () => said(a).every((count) => count > 0));
  // It would end by itself one day.
  b.bus.dismiss(a.id);
  await until("parted", () => a.bus.strangers.length === 0);
  return tap.recordings;
}

/** How much of each sort has reached somebody. */
function said({
  heard,
  heardOfShard,
  control,
  strange,
  data,
  hellos,
  strangersUp,
  dataLinks,
}: TestBus): number[] {
  const lists = [heard, heardOfShard, control, strange, data, strangersUp];
  return [...lists.map(({ length }) => length), hellos.size, dataLinks.size];
}

/** All that only an authenticated node could have changed; heartbeats go on by themselves. */
function stateOf(bus: TestBus): unknown {
  const { stats, peers, links, strangers } = bus.bus;
  const received = Object.entries(stats.received).filter(
    ([name]) => name !== "ping" && name !== "pong",
  );
  return {
    said: said(bus),
    received: structuredClone(received),
    peers: peers.map(({ id, hello, isConnected }) => ({ id, hello, isConnected })),
    links: links.map(({ direction, nodeId, kind, createdAtMs }) => ({
      direction,
      nodeId,
      kind,
      createdAtMs,
    })),
    strangers,
  };
}

test("thousands of crafted, cut, replayed and reflected connections change nothing", async () => {
  await using a = await new TestBus("1").listen();
  await using b = new TestBus("2", { publishMode: "all" });
  await using tap = new Wiretap(a.port);
  const recordings = await acquainted(a, b, tap);
  const kinds = new Set(recordings.map(({ kind }) => kind));
  expect([...kinds].toSorted()).toEqual(["control", "data", "flood", "meet"] satisfies LinkKind[]);
  const before = stateOf(a);
  const random = seeded(1);
  let mounted = 0;
  const attacker = async (): Promise<void> => {
    while (mounted < CONNECTIONS) {
      mounted += 1;
      await mount(a.port, attack(random, recordings, b.id));
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, attacker));
  await until("all closed", () => refused(a) >= CONNECTIONS);
  expect(stateOf(a)).toEqual(before);
  for (const reason of ["bad-proof", "excess-bytes", "bad-magic", "bad-kind"] as const) {
    expect([reason, a.bus.stats.closes[reason] > 0]).toEqual([reason, true]);
  }
}, 60_000);

test("whoever is dialled and does not know the secret is nobody, though he repeats what others answered", async () => {
  await using a = await new TestBus("1").listen();
  await using b = new TestBus("2", { publishMode: "all" });
  await using tap = new Wiretap(a.port);
  const recordings = await acquainted(a, b, tap);
  const random = seeded(2);
  let forgeries = 0;
  const impostor = createServer((socket) => {
    socket.on("error", () => undefined);
    socket.once("data", (hello) => {
      forgeries += 1;
      socket.end(forgedAnswer(random, hello, recordings));
    });
  });
  impostor.listen(0, "127.0.0.1");
  await once(impostor, "listening");
  const { port } = impostor.address() as AddressInfo; // a TCP server that listens has one
  const before = stateOf(a);
  for (let meeting = 0; meeting < MEETINGS; meeting += 1) {
    a.bus.meet({ host: "127.0.0.1", port });
    await until("failed", () => a.meetFailures.length > meeting);
  }
  impostor.close();
  expect(forgeries).toBe(MEETINGS);
  expect(stateOf(a)).toEqual(before);
  expect(a.meetFailures).toContain("bad-proof");
  expect(a.meetFailures).not.toContain("own-id");
}, 60_000);

test("a man in the middle who leads a node to itself makes it meet nobody", async () => {
  await using a = await new TestBus("1").listen();
  await using mirror = new Wiretap(a.port);
  const port = await mirror.listen();
  a.bus.setPeers([{ id: "2".repeat(40), host: "127.0.0.1", port }]);
  a.bus.meet({ host: "127.0.0.1", port });
  await until("failed", () => a.meetFailures.length === 1);
  await until("unknown to itself", () => a.bus.stats.closes["unknown-peer"] >= 2);
  expect(a.meetFailures).toEqual(["own-id"]);
  expect([a.bus.links, a.strangersUp]).toEqual([[], []]);
});

test("a link whose bytes are changed on their way ends there, and what came before stays true", async () => {
  await using a = new TestBus("1", { publishMode: "all" });
  await using b = await new TestBus("2").listen();
  await a.listen();
  let changesFrom = Infinity;
  const sockets = new Set<{ destroy(): unknown }>();
  // Changes one byte of what the dialler says on flood links, once so much has passed.
  const tamper = createServer((near) => {
    const far = connect(b.port, "127.0.0.1");
    let passed = 0;
    let isFlood = false;
    near.on("data", (chunk) => {
      isFlood ||= passed === 0 && chunk[5] === 2;
      const at = changesFrom - passed;
      passed += chunk.length;
      if (isFlood && at >= 0 && at < chunk.length) chunk[at] = (chunk[at] ?? 0) ^ 1;
      far.write(chunk);
    });
    far.pipe(near);
    for (const socket of [near, far]) {
      sockets.add(socket);
      socket.on("error", () => socket.destroy());
      socket.on("close", () => [near, far].forEach((each) => each.destroy()));
    }
  });
  tamper.listen(0, "127.0.0.1");
  await once(tamper, "listening");
  const { port } = tamper.address() as AddressInfo; // a TCP server that listens has one
  b.bus.setPeers([a.address]);
  a.bus.setPeers([{ ...b.address, port }]);
  await until("meshed", () => a.isMeshedWith([b]));
  const frameBytes = FRAME_HEAD_BYTES + 4;
  // In the third frame, behind hello and finish: one of its head, its MAC or its body.
  changesFrom = HELLO_BYTES + 32 + 2 * frameBytes + 10;
  for (const payload of ["a", "b", "c", "d"]) {
    a.publish("x", payload);
    a.bus.flush();
  }
  await until("noticed", () => b.bus.stats.closes["bad-mac"] === 1);
  expect(b.heard.map(({ payload }) => payload)).toEqual(["a", "b"]);
  changesFrom = Infinity;
  await until("noticed here", () => a.bus.stats.closes["peer-closed"] === 1);
  await until("mended", () => a.isMeshedWith([b]));
  a.publish("x", "e");
  a.bus.flush();
  await until("heard", () => b.heard.length === 3);
  for (const socket of sockets) socket.destroy();
  tamper.close();
});

test("of a link's bytes nothing is ever opened but what was sealed for it, in order, from the first on", () => {
  const names = ["raft", "facts", "rumour", "ping"] as const satisfies FrameName[];
  const frame = fc.tuple(fc.constantFrom(...names), fc.uint8Array({ maxLength: 40 }));
  const move = fc.record({
    trick: fc.constantFrom("drop", "repeat", "swap", "cut", "flip", "reflect", "foreign", "forge"),
    at: fc.nat(),
    by: fc.integer({ min: 1, max: 255 }),
  });
  let refusals = 0;
  fc.assert(
    fc.property(
      fc.array(frame, { minLength: 1, maxLength: 8 }),
      fc.array(move, { minLength: 1, maxLength: 3 }),
      (said_, moves) => {
        const key = createSecretKey(randomBytes(32));
        const original = sealed(key, said_);
        const answered = sealed(createSecretKey(randomBytes(32)), said_);
        let stream = [...original];
        for (const { trick, at, by } of moves) {
          const here = at % Math.max(stream.length, 1);
          const one = stream[here] ?? Buffer.alloc(FRAME_HEAD_BYTES);
          if (trick === "drop") stream.splice(here, 1);
          else if (trick === "repeat") stream.splice(here, 0, one);
          else if (trick === "swap") stream.push(...stream.splice(here, 1));
          else if (trick === "cut") stream[here] = one.subarray(0, at % one.length);
          else if (trick === "flip") stream[here] = flipped(one, at, by);
          // The answers of this link are sealed with another key, and so are all other links.
          else if (trick === "reflect") stream = [...stream.slice(0, here), ...answered];
          else if (trick === "foreign") stream.splice(here, 0, answered[0] ?? one);
          else stream.splice(here, 0, forged(one, by));
        }
        const opener = new FrameOpener(key, { kind: "control", from: "dialler" });
        const opened: string[] = [];
        try {
          opener.push(Buffer.concat(stream), (name, body) => {
            opened.push(`${name} ${body.toString("hex")}`);
            return true;
          });
        } catch (error) {
          expect(error).toBeInstanceOf(BusProtocolError);
          refusals += 1;
        }
        const whole = said_.map(([name, body]) => `${name} ${Buffer.from(body).toString("hex")}`);
        expect(opened).toEqual(whole.slice(0, opened.length));
      },
    ),
    { numRuns: 5000 },
  );
  expect(refusals).toBeGreaterThan(3000);
});

function refused({ bus }: TestBus): number {
  return Object.values(bus.stats.closes).reduce((sum, count) => sum + count, 0);
}

function sealed(
  key: ReturnType<typeof createSecretKey>,
  frames: readonly (readonly [FrameName, Uint8Array])[],
): Buffer[] {
  const sealer = new FrameSealer(key);
  return frames.map(([name, bytes]) => {
    const body = Buffer.from(bytes);
    const head = Buffer.alloc(headBytesOf(body.length));
    sealer.seal(name, frameBody(body), head);
    return Buffer.concat([head, body]);
  });
}

function flipped(frame: Buffer, at: number, by: number): Buffer {
  const changed = Buffer.from(frame);
  const index = at % frame.length;
  changed[index] = (changed[index] ?? 0) ^ by;
  return changed;
}

/** The same frame with another body: what can be seen of it is right but for the MAC. */
function forged(frame: Buffer, by: number): Buffer {
  const body = Buffer.from([0x81, 0xa1, 0x61, by]);
  const head = Buffer.from(frame.subarray(0, FRAME_HEAD_BYTES));
  if (head.length < FRAME_HEAD_BYTES) return frame;
  head.writeUInt32BE(body.length);
  return Buffer.concat([head, body]);
}
