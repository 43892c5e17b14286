import { startCluster, type RespClient, type TestCluster } from "@slotcast/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

// Goal: what is published on one node arrives on another to the byte, whatever the bytes and however many.

const ALL_BYTES = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte)).latin1Slice();
const ODD_CHANNELS = ["", "\0", "\r\n", "{}", "{", "}{", "a{b}c\0\r\n", "*", "[", ALL_BYTES];
const SIZES_BYTES = [0, 1, 64 * 1024, 8 * 1024 * 1024];

/** No two places of it look alike, so that a part that is missing or moved shows. */
function patternedPayload(sizeBytes: number): Buffer {
  const payload = Buffer.alloc(sizeBytes);
  for (let at = 0; at < sizeBytes; at += 1)
    payload[at] = (at + (at >> 8) * 31 + (at >> 16) * 7) & 255;
  return payload;
}

describe.each(["all", "interest"])("over the bus in mode %s", (mode) => {
  let cluster: TestCluster;

  beforeAll(async () => {
    cluster = await startCluster({ nodes: 2, directives: { "cluster-publish-mode": mode } });
  });

  afterAll(async () => {
    await cluster[Symbol.asyncDispose]();
  });

  /** A subscriber on one node and a publisher on the other. */
  async function connectBoth(): Promise<
    AsyncDisposable & Record<"subscriber" | "publisher", RespClient>
  > {
    const [subscriber, publisher] = await Promise.all(
      cluster.nodes.map(async (node) => node.connect()),
    );
    if (subscriber === undefined || publisher === undefined) throw new Error("too few nodes");
    return {
      subscriber,
      publisher,
      async [Symbol.asyncDispose]() {
        await Promise.all([subscriber[Symbol.asyncDispose](), publisher[Symbol.asyncDispose]()]);
      },
    };
  }

  test("every byte value may be in a channel and in a payload", async () => {
    await using both = await connectBoth();
    const { subscriber, publisher } = both;
    await subscriber.subscribe("SUBSCRIBE", ...ALL_BYTES);
    for (const byte of ALL_BYTES) {
      expect(await publisher.call("PUBLISH", byte, `${byte}${ALL_BYTES}${byte}`)).toBe(0);
    }
    for (const byte of ALL_BYTES) {
      expect(await subscriber.nextPush()).toEqual(["message", byte, `${byte}${ALL_BYTES}${byte}`]);
    }
  });

  test.each([2, 3])("odd channels arrive as they are in RESP%i", async (protocol) => {
    await using both = await connectBoth();
    const { subscriber, publisher } = both;
    await subscriber.call("HELLO", protocol);
    await subscriber.subscribe("SUBSCRIBE", ...ODD_CHANNELS);
    for (const channel of ODD_CHANNELS) await publisher.call("PUBLISH", channel, channel);
    for (const channel of ODD_CHANNELS) {
      expect(await subscriber.nextPush()).toEqual(["message", channel, channel]);
    }
  });

  test("patterns see the bytes of a channel", async () => {
    await using both = await connectBoth();
    const { subscriber, publisher } = both;
    await subscriber.subscribe("PSUBSCRIBE", "\xff\0*\r\n?");
    await publisher.call("PUBLISH", "\xff\0\r\n", "one char too few");
    await publisher.call("PUBLISH", `\xff\0${ALL_BYTES}\r\n\xfe`, ALL_BYTES);
    expect(await subscriber.nextPush()).toEqual([
      ...["pmessage", "\xff\0*\r\n?"],
      ...[`\xff\0${ALL_BYTES}\r\n\xfe`, ALL_BYTES],
    ]);
  });

  test("payloads of 0 B, 1 B, 64 KB and 8 MB arrive whole and in order", async () => {
    await using both = await connectBoth();
    const { subscriber, publisher } = both;
    await subscriber.subscribe("SUBSCRIBE", "sizes");
    const payloads = [...SIZES_BYTES, ...SIZES_BYTES.toReversed()].map(patternedPayload);
    const replies = payloads.map(async (payload) => publisher.call("PUBLISH", "sizes", payload));
    expect(await Promise.all(replies)).toEqual(payloads.map(() => 0));
    for (const payload of payloads) {
      const [kind, channel, received] = await subscriber.nextPush();
      expect([kind, channel]).toEqual(["message", "sizes"]);
      expect(received).toHaveLength(payload.length);
      // Not toEqual: the difference of two such strings would take minutes to print.
      expect(received === payload.latin1Slice()).toBe(true);
    }
  });

  test("shard channels carry the same bytes and sizes", async () => {
    const channel = `{tag}${ALL_BYTES}`;
    const owner = cluster.nodeOf(channel);
    await using subscriber = await owner.connect();
    await using publisher = await owner.connect();
    await subscriber.subscribe("SSUBSCRIBE", channel);
    for (const payload of SIZES_BYTES.map(patternedPayload)) {
      expect(await publisher.call("SPUBLISH", channel, payload)).toBe(1);
      const [kind, from, received] = await subscriber.nextPush();
      expect([kind, from]).toEqual(["smessage", channel]);
      expect(received === payload.latin1Slice()).toBe(true);
    }
  });
});
