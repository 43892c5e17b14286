import { RespClient, startNode } from "@slotcast/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

// Goal: no byte is changed, lost or taken for syntax, whichever command stores or forwards it, whatever its size.
// Method: all 256 byte values, in order and each alone, in every place of every such command; sizes around the
// edges of chunks. Cluster versions: test/cluster/binary-safety.test.ts.

const EVERY_BYTE = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte)).latin1Slice();
const EACH_BYTE = [...EVERY_BYTE];
/** Names and values that look like something else. */
const ODD = [
  "",
  "{}",
  "{",
  "}",
  "{}{a}",
  "a{b}c",
  "\0",
  "\r\n",
  "a\r\nb",
  "$3\r\nGET\r\n",
  "*1\r\n",
  EVERY_BYTE,
];
/** Nothing, one byte, a socket's chunk and one more, and far beyond it. */
const SIZES = [0, 1, 64 * 1024, 64 * 1024 + 1, 8 * 1024 * 1024];

const servers = new AsyncDisposableStack();
let port = 0;

beforeAll(async () => {
  port = servers.use(await startNode()).port;
});
afterAll(async () => servers.disposeAsync());

describe.each([2, 3])("in RESP%i", (protocol) => {
  async function connect(): Promise<RespClient> {
    const client = await RespClient.connect(port);
    await client.call("HELLO", protocol);
    await client.call("FLUSHALL");
    return client;
  }

  test("strings keep every byte of keys and values", async () => {
    await using client = await connect();
    for (const text of [...EACH_BYTE, ...ODD]) {
      await client.call("SET", `key ${text}`, text);
      expect(await client.call("GET", `key ${text}`)).toBe(text);
      expect(await client.call("SET", `key ${text}`, "new", "GET")).toBe(text);
      expect(await client.call("EXISTS", `key ${text}`)).toBe(1);
      expect(await client.call("DEL", `key ${text}`)).toBe(1);
    }
  });

  test("lists keep every byte, popped, ranged and waited for", async () => {
    await using client = await connect();
    await using waiter = await RespClient.connect(port);
    for (const key of ODD) {
      const elements = [...EACH_BYTE, ...ODD];
      expect(await client.call("RPUSH", key, ...elements)).toBe(elements.length);
      expect(await client.call("LRANGE", key, 0, -1)).toEqual(elements);
      expect(await client.call("LPOP", key, elements.length)).toEqual(elements);
      const waiting = waiter.call("BLPOP", `${key} wait`, 5);
      await client.call("LPUSH", `${key} wait`, EVERY_BYTE);
      expect(await waiting).toEqual([`${key} wait`, EVERY_BYTE]);
    }
  });

  test("streams keep every byte of fields and values", async () => {
    await using client = await connect();
    await using waiter = await RespClient.connect(port);
    const fields = [...EACH_BYTE, ...ODD].flatMap((text) => [text, `${text}${text}`]);
    for (const [index, key] of ODD.entries()) {
      const waiting = waiter.call("XREAD", "BLOCK", 5000, "STREAMS", key, "0-0");
      const id = `${index + 1}-1`;
      expect(await client.call("XADD", key, id, ...fields)).toBe(id);
      expect(await client.call("XRANGE", key, "-", "+")).toEqual([[id, fields]]);
      expect(await client.call("XREVRANGE", key, "+", "-")).toEqual([[id, fields]]);
      expect(await waiting).toEqual([[key, [[id, fields]]]]);
    }
  });

  test("messages and channels keep every byte", async () => {
    await using subscriber = await connect();
    await using publisher = await RespClient.connect(port);
    for (const name of [...EACH_BYTE, ...ODD]) {
      expect(await subscriber.subscribe("SUBSCRIBE", name)).toEqual([["subscribe", name, 1]]);
      expect(await subscriber.subscribe("SSUBSCRIBE", name)).toEqual([["ssubscribe", name, 1]]);
      expect(await publisher.call("PUBLISH", name, name)).toBe(1);
      expect(await subscriber.nextPush()).toEqual(["message", name, name]);
      expect(await publisher.call("SPUBLISH", name, EVERY_BYTE)).toBe(1);
      expect(await subscriber.nextPush()).toEqual(["smessage", name, EVERY_BYTE]);
      expect(await publisher.call("PUBSUB", "CHANNELS")).toEqual([name]);
      expect(await publisher.call("PUBSUB", "SHARDNUMSUB", name)).toEqual([name, 1]);
      await subscriber.subscribe("UNSUBSCRIBE", name);
      await subscriber.subscribe("SUNSUBSCRIBE", name);
    }
  });

  test("patterns keep every byte, and match it", async () => {
    await using subscriber = await connect();
    await using publisher = await RespClient.connect(port);
    for (const text of EACH_BYTE) {
      const pattern = `[^\0]*\\${text}`;
      const channel = `to ${text}`;
      expect(await subscriber.subscribe("PSUBSCRIBE", pattern)).toEqual([
        ["psubscribe", pattern, 1],
      ]);
      expect(await publisher.call("PUBLISH", channel, text)).toBe(1);
      expect(await subscriber.nextPush()).toEqual(["pmessage", pattern, channel, text]);
      await subscriber.subscribe("PUNSUBSCRIBE", pattern);
    }
  });

  test("ECHO and PING give back every byte", async () => {
    await using client = await connect();
    for (const text of [...EACH_BYTE, ...ODD]) {
      expect(await client.call("ECHO", text)).toBe(text);
      expect(await client.call("PING", text)).toBe(text);
    }
  });

  test("a client's name takes the printable bytes and refuses the others", async () => {
    await using client = await connect();
    for (const char of EACH_BYTE) {
      const isAllowed = char >= "!" && char <= "~";
      const reply = (await client.callRaw("CLIENT", "SETNAME", `a${char}`)).latin1Slice();
      expect(reply.startsWith("+OK")).toBe(isAllowed);
      if (isAllowed) expect(await client.call("CLIENT", "GETNAME")).toBe(`a${char}`);
    }
  });

  test.each(SIZES)("%i bytes pass through every kind of store and message", async (size) => {
    await using client = await connect();
    await using subscriber = await connect();
    const payload = Buffer.alloc(size, EVERY_BYTE, "latin1");
    const isPayload = (reply: unknown): boolean => reply === payload.latin1Slice();
    await client.call("SET", "k", payload);
    expect(isPayload(await client.call("GET", "k"))).toBe(true);
    await client.call("RPUSH", "l", payload, "after");
    expect(isPayload(await client.call("LPOP", "l"))).toBe(true);
    await client.call("XADD", "s", "1-1", "field", payload);
    const entries = await client.callRaw("XRANGE", "s", "-", "+");
    expect(entries.includes(payload)).toBe(true);
    expect(isPayload(await client.call("ECHO", payload))).toBe(true);
    await subscriber.subscribe("SUBSCRIBE", "c");
    await subscriber.subscribe("SSUBSCRIBE", "c");
    await client.call("PUBLISH", "c", payload);
    await client.call("SPUBLISH", "c", payload);
    expect(isPayload((await subscriber.nextPush())[2])).toBe(true);
    expect(isPayload((await subscriber.nextPush())[2])).toBe(true);
  });
});
