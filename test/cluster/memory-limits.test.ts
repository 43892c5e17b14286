import {
  startCluster,
  startNode,
  until,
  type NodeProcess,
  type RespClient,
} from "@slotcast/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

// Goal: a node with maxmemory stays within it, whatever is written, and lets the right keys go.
// Method: limits are set relative to what the node says it uses; margins are wide, since sampling is chance.

const VALUE = "v".repeat(1000);
const ROOM_BYTES = 1_000_000;
/** A key of VALUE takes about this much: so many fit into the room. */
const ENTRY_BYTES = 1130;
const FIT = Math.floor(ROOM_BYTES / ENTRY_BYTES);
const HEARD_WITHIN_MS = 10_000;

async function infoOf(client: RespClient): Promise<Record<string, string>> {
  const lines = (await client.callRaw("INFO")).latin1Slice().split("\r\n");
  return Object.fromEntries(lines.map((line) => line.split(":", 2)));
}

/** An empty node with the policy, and room for about FIT keys. Returns its maxmemory. */
async function limit(client: RespClient, policy: string): Promise<number> {
  await client.call("CONFIG", "SET", "maxmemory", "0", "maxmemory-policy", policy);
  await client.call("FLUSHALL");
  await client.call("CONFIG", "RESETSTAT");
  const { used_memory: used } = await infoOf(client);
  const bytes = Number(used) + ROOM_BYTES;
  await client.call("CONFIG", "SET", "maxmemory", String(bytes));
  return bytes;
}

/** Keys `prefix:0` and so on, with the options of SET. */
async function write(client: RespClient, prefix: string, count: number, ...options: string[]) {
  const calls = Array.from({ length: count }, async (_, at) =>
    client.call("SET", `${prefix}:${at}`, VALUE, ...options),
  );
  await Promise.all(calls);
}

async function read(client: RespClient, prefix: string, count: number): Promise<void> {
  await client.call("MGET", ...Array.from({ length: count }, (_, at) => `${prefix}:${at}`));
}

async function left(client: RespClient, prefix: string, count: number): Promise<number> {
  const names = Array.from({ length: count }, (_, at) => `${prefix}:${at}`);
  return Number(await client.call("EXISTS", ...names));
}

describe("maxmemory", () => {
  let node: NodeProcess;
  let client: RespClient;

  beforeAll(async () => {
    node = await startNode();
    client = await node.connect();
  });

  afterAll(async () => {
    await client[Symbol.asyncDispose]();
    await node[Symbol.asyncDispose]();
  });

  test("noeviction refuses writes from the limit on, and takes them again when there is room", async () => {
    const bytes = await limit(client, "noeviction");
    let written = 0;
    const writing = async (): Promise<void> => {
      for (; written < 2 * FIT; written += 1) await client.call("SET", `key:${written}`, VALUE);
    };
    await expect(writing()).rejects.toThrow("command not allowed when used memory > 'maxmemory'.");
    expect(written).toBeGreaterThan(FIT * 0.8);
    expect(written).toBeLessThan(FIT * 1.2);
    const { used_memory: used, evicted_keys: evicted } = await infoOf(client);
    expect(Math.abs(Number(used) - bytes)).toBeLessThan(100_000);
    expect(evicted).toBe("0");
    await client.call("DEL", ...Array.from({ length: 50 }, (_, at) => `key:${at}`));
    expect(await client.call("SET", "more", VALUE)).toBe("OK");
  });

  test.each([
    ...["allkeys-lru", "allkeys-lfu", "allkeys-random"],
    ...["volatile-lru", "volatile-lfu", "volatile-random", "volatile-ttl"],
  ])("%s stays within the limit while four times as much is written", async (policy) => {
    const bytes = await limit(client, policy);
    const written = FIT * 4;
    await write(client, "key", written, "EX", "1000");
    const { used_memory: used, evicted_keys: evicted, db0 = "" } = await infoOf(client);
    expect(Number(used)).toBeLessThan(bytes + 50_000);
    const kept = Number(/keys=(\d+)/.exec(db0)?.[1]);
    expect(kept).toBeGreaterThan(FIT * 0.8);
    expect(kept).toBeLessThan(FIT * 1.2);
    expect(kept + Number(evicted)).toBe(written);
  });

  test("allkeys-lru keeps what is read and lets the rest go", async () => {
    await limit(client, "allkeys-lru");
    const hot = 100;
    await write(client, "hot", hot);
    for (let round = 0; round < 12; round += 1) {
      await write(client, `cold:${round}`, FIT / 4);
      await read(client, "hot", hot);
    }
    expect(await left(client, "hot", hot)).toBeGreaterThan(hot * 0.9);
    expect(await left(client, "cold:0", FIT / 4)).toBeLessThan(FIT / 4 / 2);
  });

  test("allkeys-lfu keeps what was read often, although others were read since", async () => {
    await limit(client, "allkeys-lfu");
    const hot = 100;
    await write(client, "hot", hot);
    for (let round = 0; round < 50; round += 1) await read(client, "hot", hot);
    for (let round = 0; round < 3; round += 1) {
      await write(client, `cold:${round}`, FIT);
      await read(client, `cold:${round}`, FIT);
    }
    expect(await left(client, "hot", hot)).toBeGreaterThan(hot * 0.9);
  });

  test.each(["volatile-lru", "volatile-lfu", "volatile-random", "volatile-ttl"])(
    "%s lets no key go that does not expire, and refuses when only such are left",
    async (policy) => {
      await limit(client, policy);
      const half = Math.floor(FIT / 2);
      await write(client, "stays", half);
      await write(client, "goes", FIT, "EX", "1000");
      expect(await left(client, "stays", half)).toBe(half);
      await expect(write(client, "stays", FIT * 2)).rejects.toThrow("OOM");
      expect(await left(client, "goes", FIT)).toBe(0);
      expect(await left(client, "stays", half)).toBe(half);
    },
  );

  test("volatile-ttl lets go what expires soonest", async () => {
    await limit(client, "volatile-ttl");
    const third = Math.floor(FIT / 3);
    await write(client, "later", third, "EX", "100000");
    await write(client, "soon", third, "EX", "1000");
    await write(client, "latest", Math.floor(third * 1.5), "EX", "1000000");
    const gone = third - (await left(client, "soon", third));
    expect(gone).toBeGreaterThan(third * 0.25);
    expect(third - (await left(client, "later", third))).toBeLessThan(gone / 3);
    const latest = Math.floor(third * 1.5);
    expect(latest - (await left(client, "latest", latest))).toBeLessThan(gone / 3);
  });

  test("evictions are published, invalidate caches, and go on when the limit is lowered", async () => {
    const bytes = await limit(client, "allkeys-random");
    await client.call("CONFIG", "SET", "notify-keyspace-events", "Ee");
    await using listener = await node.connect();
    await listener.subscribe("SUBSCRIBE", "__keyevent@0__:evicted");
    await using cache = await node.connect();
    await cache.call("HELLO", "3");
    await cache.call("CLIENT", "TRACKING", "ON");
    await write(client, "key", FIT / 2);
    await read(cache, "key", FIT / 2);
    const lower = bytes - ROOM_BYTES;
    await client.call("CONFIG", "SET", "maxmemory", String(lower));
    const aKey = expect.stringMatching(/^key:\d+$/);
    const [, channel, evicted] = await listener.nextPush(HEARD_WITHIN_MS);
    expect([channel, evicted]).toEqual(["__keyevent@0__:evicted", aKey]);
    expect(await cache.nextPush(HEARD_WITHIN_MS)).toEqual(["invalidate", [aKey]]);
    // Other clients count as well: that all keys go is not said.
    await until(async () => (await left(client, "key", FIT / 2)) < FIT / 8, {
      withinMs: HEARD_WITHIN_MS,
    });
  });
});

test("a node of a cluster evicts from all of its slots", async () => {
  await using cluster = await startCluster();
  const node = cluster.node(0);
  await using client = await node.connect();
  await limit(client, "allkeys-lru");
  const mine = Array.from({ length: FIT * 8 }, (_, at) => `key:${at}`)
    .filter((key) => cluster.nodeOf(key) === node)
    .slice(0, FIT * 2);
  await Promise.all(mine.map(async (key) => client.call("SET", key, VALUE)));
  const { evicted_keys: evicted, db0 = "" } = await infoOf(client);
  const kept = Number(/keys=(\d+)/.exec(db0)?.[1]);
  expect(kept + Number(evicted)).toBe(FIT * 2);
  expect(kept).toBeGreaterThan(FIT * 0.8);
  expect(kept).toBeLessThan(FIT * 1.2);
});

describe("maxmemory-clients", () => {
  test("closes the client that hoards, and lets the others be", async () => {
    await using node = await startNode({ directives: { "maxmemory-clients": "3mb" } });
    await using admin = await node.connect();
    await using modest = await node.connect();
    await using hoarder = await node.connect();
    await modest.call("MULTI");
    await modest.call("ECHO", "x".repeat(500_000));
    await hoarder.call("MULTI");
    const hoarding = async (): Promise<void> => {
      for (let at = 0; at < 100; at += 1) await hoarder.call("ECHO", "x".repeat(100_000));
    };
    await expect(hoarding()).rejects.toThrow("the connection is closed");
    await hoarder.untilClosed();
    expect(await modest.call("EXEC")).toHaveLength(1);
    expect(await infoOf(admin)).toMatchObject({ evicted_clients: "1" });
  });

  test("closes who does not read its replies, although no limit of a class does", async () => {
    await using node = await startNode({ directives: { "maxmemory-clients": "5mb" } });
    await using admin = await node.connect();
    await using slow = await node.connect();
    await using protectedOne = await node.connect();
    await admin.call("SET", "big", "x".repeat(1_000_000));
    await protectedOne.call("CLIENT", "NO-EVICT", "on");
    await protectedOne.call("MULTI");
    await protectedOne.call("ECHO", "x".repeat(3_000_000));
    slow.pause();
    // They end with the connection.
    const replies = Array.from({ length: 60 }, async () => slow.call("GET", "big").catch(String));
    await until(async () => (await infoOf(admin))["evicted_clients"] === "1", {
      withinMs: HEARD_WITHIN_MS,
    });
    slow.resume();
    await Promise.all(replies);
    await slow.untilClosed();
    expect(await protectedOne.call("EXEC")).toHaveLength(1);
  });
});
