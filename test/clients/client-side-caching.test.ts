import { setImmediate as nextTurn } from "node:timers/promises";
import { BasicClientSideCache, createClient } from "redis";
import { startNode, until, type NodeProcess } from "@slotcast/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

// Goal: node-redis' client-side cache answers from memory, and never anything that is out of date.

const HEARD_WITHIN_MS = 5000;

function makeCachingClient(port: number) {
  const cache = new BasicClientSideCache({ maxEntries: 1000, ttl: 0, evictPolicy: "LRU" });
  const client = createClient({
    url: `redis://127.0.0.1:${port}`,
    RESP: 3,
    clientSideCache: cache,
  });
  return { cache, client };
}

describe("node-redis with a client-side cache", () => {
  let node: NodeProcess;

  beforeAll(async () => {
    node = await startNode();
  });

  afterAll(async () => {
    await node[Symbol.asyncDispose]();
  });

  test("reads a key once, and again after somebody changed it", async () => {
    const { cache, client } = makeCachingClient(node.port);
    await client.connect();
    await using other = await node.connect();
    await other.call("SET", "greeting", "hello");
    for (let read = 0; read < 3; read += 1) expect(await client.get("greeting")).toBe("hello");
    expect(cache.stats()).toMatchObject({ hitCount: 2, missCount: 1 });
    await other.call("SET", "greeting", "good bye");
    await until(async () => (await client.get("greeting")) === "good bye", {
      withinMs: HEARD_WITHIN_MS,
    });
    expect(cache.stats().missCount).toBe(2);
    await client.close();
  });

  test("forgets keys that expire, and everything after FLUSHALL", async () => {
    const { client } = makeCachingClient(node.port);
    await client.connect();
    await using other = await node.connect();
    await other.call("MSET", "short", "lived", "long", "lived");
    await other.call("PEXPIRE", "short", "100");
    expect([await client.get("short"), await client.get("long")]).toEqual(["lived", "lived"]);
    await until(async () => (await client.get("short")) === null, { withinMs: HEARD_WITHIN_MS });
    expect(await client.get("long")).toBe("lived");
    await other.call("FLUSHALL");
    await until(async () => (await client.get("long")) === null, { withinMs: HEARD_WITHIN_MS });
    await client.close();
  });

  test("sees what it changed itself, also in a transaction", async () => {
    const { client } = makeCachingClient(node.port);
    await client.connect();
    await client.set("own", "1");
    expect(await client.get("own")).toBe("1");
    await client.set("own", "2");
    expect(await client.get("own")).toBe("2");
    await client.multi().incr("own").incr("own").exec();
    expect(await client.get("own")).toBe("4");
    await client.close();
  });

  test("is told of every change under load: what it says last is what is there", async () => {
    const KEYS = 50;
    const WRITES = 2000;
    const { cache, client } = makeCachingClient(node.port);
    await client.connect();
    const keys = Array.from({ length: KEYS }, (_, at) => `load:${at}`);
    await using other = await node.connect();
    let written = 0;
    const writing = async (): Promise<void> => {
      for (; written < WRITES; written += 1) {
        await other.call("SET", `load:${written % KEYS}`, String(written));
      }
    };
    const reading = async (): Promise<void> => {
      for (;;) {
        if (written === WRITES) return;
        await Promise.all(keys.map(async (key) => client.get(key)));
        // Answers from memory alone would never let an invalidation in.
        await nextTurn();
      }
    };
    await Promise.all([writing(), reading()]);
    await until(
      async () => {
        const values = await Promise.all(keys.map(async (key) => client.get(key)));
        return values.every((value, at) => value === String(WRITES - KEYS + at));
      },
      { withinMs: HEARD_WITHIN_MS },
    );
    expect(cache.stats().hitCount).toBeGreaterThan(0);
    await client.close();
  });
});

test("a subscriber of RESP2 hears for a client that redirects to it", async () => {
  await using node = await startNode();
  await using listener = await node.connect();
  await using client = await node.connect();
  const id = String(Number(await listener.call("CLIENT", "ID")));
  await listener.subscribe("SUBSCRIBE", "__redis__:invalidate");
  await client.call("CLIENT", "TRACKING", "ON", "REDIRECT", id);
  await client.call("MGET", "a", "b");
  await client.call("SET", "a", "1");
  expect(await listener.nextPush()).toEqual(["message", "__redis__:invalidate", ["a"]]);
  await client.call("FLUSHALL");
  expect(await listener.nextPush()).toEqual(["message", "__redis__:invalidate", null]);
});

test("a tracking client that does not read is closed by its output limit and forgotten", async () => {
  await using node = await startNode({
    directives: { "client-output-buffer-limit": ["normal", "1mb", "1mb", "1"] },
  });
  await using client = await node.connect();
  await using writer = await node.connect();
  await client.call("HELLO", "3");
  await client.call("CLIENT", "TRACKING", "ON", "BCAST");
  client.pause();
  const value = "x".repeat(10);
  await until(
    async () => {
      for (let round = 0; round < 20; round += 1) {
        const words = Array.from({ length: 500 }, (_, at) => [`${"k".repeat(400)}${at}`, value]);
        await writer.call("MSET", ...words.flat());
      }
      return (await writer.callRaw("INFO", "clients")).includes("tracking_clients:0");
    },
    { withinMs: 20_000 },
  );
  expect((await writer.callRaw("INFO", "stats")).latin1Slice()).toContain(
    "client_output_buffer_limit_disconnections:1",
  );
});
