import {
  startCluster,
  type NodeProcess,
  type RespClient,
  type TestCluster,
} from "@slotcast/testkit";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";

// Goal: a node of a cluster keeps its keys slot by slot, and nobody who scans, lists or draws them can tell.
// Method: two nodes; keys in thousands of slots, and thousands of keys in one.

const SPREAD = Array.from({ length: 3000 }, (_, index) => `key:${index}`);
const TOGETHER = Array.from({ length: 1500 }, (_, index) => `{tag}:${index}`);

let cluster: TestCluster;
let clients: readonly RespClient[] = [];

beforeAll(async () => {
  cluster = await startCluster({ nodes: 2 });
  clients = await Promise.all(cluster.nodes.map(async (node) => node.connect()));
});

afterAll(async () => {
  await Promise.all(clients.map(async (client) => client[Symbol.asyncDispose]()));
  await cluster[Symbol.asyncDispose]();
});

beforeEach(async () => {
  await Promise.all(clients.map(async (client) => client.call("FLUSHALL")));
});

function clientOf(node: NodeProcess): RespClient {
  const client = clients[cluster.nodes.indexOf(node)];
  if (client === undefined) throw new Error("no client of this node");
  return client;
}

async function write(keys: readonly string[], ...command: readonly string[]): Promise<void> {
  const [name = "SET", ...values] = command;
  await Promise.all(
    keys.map(async (key) => clientOf(cluster.nodeOf(key)).call(name, key, ...values)),
  );
}

/** Runs `meanwhile` after each call, and tells what all of them gave. */
async function scanNode(
  client: RespClient,
  options: readonly string[],
  meanwhile?: (call: number) => Promise<void>,
): Promise<string[]> {
  const found: string[] = [];
  let cursor = "0";
  let call = 0;
  do {
    const reply = await client.call("SCAN", cursor, ...options);
    const [next, keys] = reply as [string, string[]]; // SCAN's two
    cursor = next;
    found.push(...keys);
    await meanwhile?.(call);
    call += 1;
  } while (cursor !== "0");
  return found;
}

describe("SCAN", () => {
  test.each([["10"], ["1000"], ["1000000"]])(
    "by %s on every node gives each key of the cluster once",
    async (count) => {
      await write([...SPREAD, ...TOGETHER], "SET", "1");
      const found = await Promise.all(
        clients.map(async (client) => scanNode(client, ["COUNT", count])),
      );
      expect(found.flat().toSorted()).toEqual([...SPREAD, ...TOGETHER].toSorted());
    },
  );

  test("gives few keys at once, whatever their slots", async () => {
    await write(["a", "b", "c", "d", "e", "f"], "SET", "1");
    const replies = await Promise.all(clients.map(async (client) => client.call("SCAN", "0")));
    const [first, second] = replies as [[string, string[]], [string, string[]]]; // SCAN's two
    expect([first[0], second[0]]).toEqual(["0", "0"]);
    expect([...first[1], ...second[1]].toSorted()).toEqual(["a", "b", "c", "d", "e", "f"]);
  });

  test("misses no key that stays while others come and go in slots before and behind", async () => {
    await write([...SPREAD, ...TOGETHER], "SET", "1");
    const found = await Promise.all(
      clients.map(async (client) =>
        scanNode(client, ["COUNT", "200"], async (call) => {
          const passing = Array.from({ length: 20 }, (_, index) => `passing:${call}:${index}`);
          await write(passing, "SET", "1");
          await write(passing.slice(10), "DEL");
          await write([`{tag}:passing:${call}`], "SET", "1");
        }),
      ),
    );
    const seen = new Set(found.flat());
    expect([...SPREAD, ...TOGETHER].filter((key) => !seen.has(key))).toEqual([]);
  });

  test("takes a cursor of another slot, of the last one and of none", async () => {
    await write([...SPREAD, ...TOGETHER], "SET", "1");
    const client = clientOf(cluster.node(0));
    // From the middle of the node's slots on: some, not all.
    const middle = String(4096 * 2 ** 33);
    const reply = await client.call("SCAN", middle, "COUNT", "1000000");
    const [, keys] = reply as [string, string[]]; // SCAN's two
    expect(keys.length).toBeGreaterThan(0);
    expect(keys.length).toBeLessThan(Number(await client.call("DBSIZE")));
    const end = ["0", []];
    expect(await client.call("SCAN", String(16_383 * 2 ** 33 + 2 ** 32))).toEqual(end);
    expect(await client.call("SCAN", String(16_384 * 2 ** 33))).toEqual(end);
    expect(await client.call("SCAN", "18446744073709551615")).toEqual(end);
  });
});

test("KEYS and DBSIZE tell of all keys of a node, RANDOMKEY draws from all", async () => {
  await write([...SPREAD, ...TOGETHER], "SET", "1");
  for (const [index, client] of clients.entries()) {
    const own = [...SPREAD, ...TOGETHER].filter(
      (key) => cluster.nodeOf(key) === cluster.node(index),
    );
    const keys = (await client.call("KEYS", "*")) as string[]; // an array of keys
    expect(keys.toSorted()).toEqual(own.toSorted());
    expect(await client.call("DBSIZE")).toBe(own.length);
    const drawn = await Promise.all(
      Array.from({ length: 200 }, async () => client.call("RANDOMKEY")),
    );
    expect(drawn.filter((key) => !own.some((other) => other === key))).toEqual([]);
    // 200 draws of 1,500 and more: a dozen repeats are usual, a hundred are not.
    expect(new Set(drawn).size).toBeGreaterThan(100);
  }
});
