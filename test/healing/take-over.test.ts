import { startCluster, until, type TestCluster } from "@slotcast/testkit";
import { expect, test } from "vitest";

// Goal: what was acknowledged is given up only when an operator says so, and then the shard serves again with the rest.

const TEST_TIMEOUT_MS = 90_000;
const WITHIN_MS = 30_000;
const SHARDS = 3;
/** Of the first shard; its primary is node 0. */
const REPLICA = SHARDS;

async function startPairs(): Promise<TestCluster> {
  const directives = { "cluster-node-timeout": "1500" };
  return startCluster({ nodes: SHARDS, replicas: 1, directives });
}

type Ask = (node: number, ...words: readonly string[]) => Promise<unknown>;

function askerOf(cluster: TestCluster): Ask {
  return async (node, ...words) => {
    await using client = await cluster.node(node).connect();
    return await client.call(...words);
  };
}

function keyOfFirst(cluster: TestCluster): string {
  const names = ["a", "b", "c", "d", "e", "f"];
  const key = names.find((name) => cluster.nodeOf(name) === cluster.node(0));
  if (key === undefined) throw new Error("no key of the first shard");
  return key;
}

test(
  "a replica out of sync is promoted by TAKEOVER and nothing less, and a primary that comes back follows it",
  { timeout: TEST_TIMEOUT_MS },
  async () => {
    await using cluster = await startPairs();
    const ask = askerOf(cluster);
    const infoOf = async (node: number): Promise<string> =>
      String(await ask(node, "INFO", "replication"));
    const key = keyOfFirst(cluster);
    await ask(0, "SET", key, "known to both");

    const { pid = 0 } = cluster.node(REPLICA);
    process.kill(pid, "SIGSTOP");
    await until(async () => (await infoOf(0)).includes("repl_in_sync_nodes:1"), {
      withinMs: WITHIN_MS,
      what: "a set without the replica that is stopped",
    });
    await ask(0, "SET", key, "known to the primary only");
    await cluster.kill(0);
    process.kill(pid, "SIGCONT");

    await expect(ask(REPLICA, "CLUSTER", "FAILOVER")).rejects.toThrow(/^ERR/);
    await expect(ask(REPLICA, "CLUSTER", "FAILOVER", "FORCE")).rejects.toThrow(
      /may lack acknowledged writes/,
    );
    expect(await infoOf(REPLICA)).toContain("role:slave");
    expect(await ask(REPLICA, "CLUSTER", "FAILOVER", "TAKEOVER")).toBe("OK");
    expect(await ask(REPLICA, "GET", key)).toBe("known to both");

    await cluster.restart(0);
    await cluster.untilReady();
    expect(await infoOf(0)).toContain("role:slave");
    await ask(REPLICA, "SET", key, "of the new reign");
    const read = async (): Promise<unknown> => {
      await using client = await cluster.node(0).connect();
      await client.call("READONLY");
      return await client.call("GET", key);
    };
    await until(async () => (await read()) === "of the new reign", { withinMs: WITHIN_MS });
  },
);

test(
  "a shard whose processes were all lost begins anew when its old primary is told TAKEOVER, though the replica stays away",
  { timeout: TEST_TIMEOUT_MS },
  async () => {
    await using cluster = await startPairs();
    const ask = askerOf(cluster);
    await Promise.all([cluster.kill(REPLICA), cluster.kill(0)]);
    await cluster.restart(0);
    const takeOver = async (): Promise<unknown> =>
      ask(0, "CLUSTER", "FAILOVER", "TAKEOVER").catch((error: unknown) => String(error));
    // Not before its start is known to the others.
    await until(async () => (await takeOver()) === "OK", { withinMs: WITHIN_MS });
    expect(await takeOver()).toContain("You should send CLUSTER FAILOVER to a replica");
    const key = keyOfFirst(cluster);
    await until(async () => (await ask(0, "SET", key, "new").catch(() => undefined)) === "OK", {
      withinMs: WITHIN_MS,
    });
  },
);
