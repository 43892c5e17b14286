import { execFile, spawnSync } from "node:child_process";
import { promisify } from "node:util";
import { startCluster, type TestCluster } from "@slotcast/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

// Goal: redis-benchmark --cluster, as Debian ships it, finds the nodes and measures them.

const run = promisify(execFile);
/** It never ends by itself when it loses its server. */
const ENDS_WITHIN_MS = 20_000;
const REQUESTS = 3000;
/** Of the three nodes. */
const FIRST_SLOTS = [0, 5461, 10_923] as const;

function isInstalled(): boolean {
  return spawnSync("redis-benchmark", ["--version"]).status === 0;
}

describe.skipIf(!isInstalled())("redis-benchmark --cluster", () => {
  let cluster: TestCluster;

  beforeAll(async () => {
    cluster = await startCluster();
  });

  afterAll(async () => {
    await cluster[Symbol.asyncDispose]();
  });

  async function benchmark(...args: readonly string[]): Promise<string> {
    const flags = ["--cluster", "-p", String(cluster.node(0).port), "-n", String(REQUESTS)];
    const { stdout, stderr } = await run("redis-benchmark", [...flags, ...args], {
      timeout: ENDS_WITHIN_MS,
    });
    expect(stderr).toBe("");
    return stdout;
  }

  /** What each node answers, in the order of the nodes. */
  async function askAll(...argv: readonly string[]): Promise<number[]> {
    const answers: number[] = [];
    for (const node of cluster.nodes) {
      await using client = await node.connect();
      answers.push(Number(await client.call(...argv)));
    }
    return answers;
  }

  test("finds the nodes and runs the tests of every command that there is", async () => {
    const names = [
      ...["ping_inline", "ping_mbulk", "set", "get", "incr", "mset"],
      ...["lpush", "rpush", "lpop", "rpop", "lrange_100", "lrange_600", "sadd", "spop"],
    ];
    const printed = await benchmark("-c", "10", "--csv", "-t", names.join(","));
    expect(printed).toContain("Cluster has 3 master nodes:");
    // "MSET (10 keys)","12345.67",…
    const rows = [...printed.matchAll(/^"(?<name>[A-Z_\d]+)(?: \([^"]*\))?","\d/gm)];
    const ran = new Set(rows.map(({ groups }) => groups?.["name"]?.toLowerCase()));
    expect(ran).toEqual(new Set(names));
  });

  test("its pipelines in RESP2 and RESP3 reach the keys of all nodes", async () => {
    for (const protocolFlags of [[], ["-3"]]) {
      await askAll("FLUSHALL");
      await benchmark(...protocolFlags, "-c", "9", "-P", "16", "-r", "1000000", "-q", "-t", "set");
      const keys = await askAll("DBSIZE");
      // Who answers sooner is asked more: how many each gets depends on the machine.
      for (const own of keys) expect(own).toBeGreaterThan(0);
      expect(keys.reduce((sum, own) => sum + own, 0)).toBeGreaterThan(REQUESTS * 0.9);
    }
  });

  test("adds every entry of its streams", async () => {
    await askAll("FLUSHALL");
    await benchmark("-c", "9", "-q", "XADD", "events:{tag}", "*", "field", "__data__");
    const lengths: number[] = [];
    for (const [index, firstSlot] of FIRST_SLOTS.entries()) {
      await using client = await cluster.node(index).connect();
      // It replaces {tag} by one that hashes to the node's first slot.
      const keys = await client.call("CLUSTER", "GETKEYSINSLOT", firstSlot, 10);
      expect(keys).toHaveLength(1);
      const [key] = Array.isArray(keys) ? keys : [];
      lengths.push(Number(await client.call("XLEN", String(key))));
    }
    expect(lengths.reduce((sum, length) => sum + length, 0)).toBeGreaterThanOrEqual(REQUESTS);
  });
});
