import { setTimeout as delay } from "node:timers/promises";
import { until, whyNoNetwork, type NetworkHost } from "@slotcast/testkit";
import { describe, expect, test } from "vitest";
import type { JournalingWriter } from "./journaling-writer.ts";
import { notRun } from "./not-run.ts";
import { PartitionedCluster, type ShardView } from "./partitioned-cluster.ts";

// Goal: whatever is cut, no acknowledged write is lost, none is acknowledged where it could be, and when the network
// is whole again so is the cluster, within five seconds.
// Method: every node on a host of its own, clients on hosts on both sides with a journal of what they were told.

const WHY_NOT = await whyNoNetwork();
const TIMEOUT_MS = 180_000;
/** Silence, a decision and a new primary: the node timeout and a second; the rest is for a busy machine. */
const GOES_ON_WITHIN_MS = 30_000;
/** So long a side that may acknowledge nothing is watched: more than two node timeouts. */
const WATCHED_MS = 4000;
const FLAPS = 12;
const ROUNDS = 8;

describe.skipIf(WHY_NOT !== undefined)(
  `a partition${notRun(WHY_NOT)}`,
  { timeout: TIMEOUT_MS },
  () => {
    test("into halves: the one without most voters acknowledges nothing, the other goes on with all shards", async () => {
      await using cluster = await PartitionedCluster.start();
      const voters = await cluster.voters();
      const shards = await shardsOf(cluster);
      // One node of each shard, and no voter but the primary of the last.
      const minority = shards.map(({ primary, replica }, index) =>
        index === shards.length - 1 || !voters.includes(primary) ? primary : replica,
      );
      expect(voters.filter((voter) => minority.includes(voter)).length).toBeLessThan(2);
      const majority = cluster.except(...minority);
      const inside = await writersOn(cluster, majority);
      const outside = await writersOn(cluster, minority);
      await cluster.network.cut(minority, majority);
      const cutMs = Date.now();
      await untilAllGoOn(cluster, inside, cutMs);
      await delay(WATCHED_MS);
      for (const writer of outside) expect(writer.acknowledgedSince(cutMs)).toEqual([]);
      await cluster.heal();
      await cluster.untilWhole();
      expect(await cluster.check()).toEqual([]);
    });

    test.each(["is heard by nobody", "hears nobody"])(
      "one way: a primary that %s acknowledges nothing, and another one serves its slots",
      async (how) => {
        await using cluster = await PartitionedCluster.start();
        const { primary } = await cluster.shard(0);
        const others = cluster.except(primary);
        const [beside] = await writersOn(cluster, [primary]);
        const inside = await writersOn(cluster, others.slice(0, 2));
        if (how === "hears nobody") await cluster.network.cut(others, [primary], { oneWay: true });
        else await cluster.network.cut([primary], others, { oneWay: true });
        const cutMs = Date.now();
        await untilAllGoOn(cluster, inside, cutMs);
        await delay(WATCHED_MS);
        expect(beside?.acknowledgedSince(cutMs)).toEqual([]);
        await cluster.heal();
        await cluster.untilWhole();
        expect(await cluster.check()).toEqual([]);
      },
    );

    test("between a primary and its replica only: it goes on alone, and has the replica back when that can hear it", async () => {
      await using cluster = await PartitionedCluster.start();
      const before = await cluster.shard(0);
      const { primary, replica, epoch } = before;
      const writers = await writersOn(cluster, cluster.hosts.slice(0, 2));
      await cluster.network.cut([primary], [replica]);
      const cutMs = Date.now();
      await untilAllGoOn(cluster, writers, cutMs);
      const alone = await cluster.shard(0, primary);
      expect([alone.primary, alone.epoch, alone.inSync]).toEqual([primary, epoch, [primary]]);
      await cluster.heal();
      await cluster.untilWhole();
      const after = await cluster.shard(0);
      expect([after.primary, after.epoch, after.inSync]).toEqual([primary, epoch, before.inSync]);
      expect(await cluster.check()).toEqual([]);
    });

    test("between a primary and the voters only: its replica takes over, and from then on it acknowledges and answers nothing", async () => {
      await using cluster = await PartitionedCluster.start();
      const voters = await cluster.voters();
      const shards = await shardsOf(cluster);
      const index = shards.findIndex(({ replica }) => !voters.includes(replica));
      const { primary, replica } = await cluster.shard(index);
      const [beside] = await writersOn(cluster, [primary]);
      const inside = await writersOn(cluster, [replica]);
      await cluster.network.cut(
        [primary],
        voters.filter((voter) => voter !== primary),
      );
      await until(async () => (await cluster.shard(index, replica)).primary === replica, {
        withinMs: GOES_ON_WITHIN_MS,
        what: "the replica a primary",
      });
      const promotedMs = Date.now();
      await untilAllGoOn(cluster, inside, promotedMs);
      await delay(WATCHED_MS);
      const byOld = beside?.acknowledgedSince(promotedMs).filter(({ node }) => isOn(primary, node));
      expect(byOld).toEqual([]);
      expect(await cluster.read(index, primary)).not.toMatch(/^:/);
      await cluster.heal();
      await cluster.untilWhole();
      expect(await cluster.check()).toEqual([]);
    });

    test("that comes and goes: whoever serves in the end has all that anybody acknowledged", async () => {
      await using cluster = await PartitionedCluster.start();
      const { primary } = await cluster.shard(0);
      await writersOn(cluster, [primary, ...cluster.except(primary).slice(0, 2)]);
      for (let flap = 0; flap < FLAPS; flap += 1) {
        await cluster.network.cut([primary], cluster.except(primary));
        await delay(100 + 1500 * Math.random());
        await cluster.network.heal();
        await delay(1000 * Math.random());
      }
      await cluster.heal();
      await cluster.untilWhole();
      expect(await cluster.check()).toEqual([]);
    });

    test("of any shape, one after the other: nothing acknowledged is missing in the end", async () => {
      await using cluster = await PartitionedCluster.start();
      await writersOn(cluster, cluster.hosts);
      const cuts: string[] = [];
      for (let round = 0; round < ROUNDS; round += 1) {
        const shuffled = cluster.hosts.toSorted(() => Math.random() - 0.5);
        const some = shuffled.slice(0, 1 + Math.floor(3 * Math.random()));
        const others = cluster.except(...some);
        const shape = Math.floor(3 * Math.random());
        if (shape === 0) await cluster.network.cut(some, others);
        else if (shape === 1) await cluster.network.cut(some, others, { oneWay: true });
        else await cluster.network.cut(others, some, { oneWay: true });
        const forMs = 300 + 4000 * Math.random();
        cuts.push(`${some.map(({ address }) => address).join()} shape ${shape} for ${forMs} ms`);
        await delay(forMs);
        await cluster.heal();
      }
      await cluster.untilWhole();
      expect({ cuts, wrong: await cluster.check() }).toEqual({ cuts, wrong: [] });
    });

    test("costs acknowledged writes when they are not replicated first: the journal sees it", async () => {
      await using cluster = await PartitionedCluster.start({ "write-ack": "async" });
      const { primary } = await cluster.shard(0);
      const [beside] = await writersOn(cluster, [primary]);
      const inside = await writersOn(cluster, cluster.except(primary).slice(0, 1));
      await cluster.network.cut([primary], cluster.except(primary));
      const cutMs = Date.now();
      await untilAllGoOn(cluster, inside, cutMs);
      expect(beside?.acknowledgedSince(cutMs)).not.toEqual([]);
      await cluster.heal();
      await cluster.untilWhole();
      expect(await cluster.check()).not.toEqual([]);
    });
  },
);

async function shardsOf(cluster: PartitionedCluster): Promise<ShardView[]> {
  return Promise.all(cluster.keys.map(async (_, index) => cluster.shard(index)));
}

/** Resolves when each of them has written to every shard. */
async function writersOn(
  cluster: PartitionedCluster,
  hosts: readonly NetworkHost[],
): Promise<JournalingWriter[]> {
  const writers = hosts.map((host) => cluster.writerOn(host));
  await untilAllGoOn(cluster, writers, 0);
  return writers;
}

/** Every one of them writes to every shard again. */
async function untilAllGoOn(
  cluster: PartitionedCluster,
  writers: readonly JournalingWriter[],
  sinceMs: number,
): Promise<void> {
  const { keys } = cluster;
  await until(
    () =>
      writers.every((writer) => {
        const written = writer.acknowledgedSince(sinceMs).map(({ key }) => key);
        return keys.every((key) => written.includes(key));
      }),
    { withinMs: GOES_ON_WITHIN_MS, what: "writes to all shards" },
  ).catch(async (cause: unknown) => {
    throw new Error(`not all writers go on:\n${await cluster.report()}`, { cause });
  });
}

function isOn({ address }: NetworkHost, node: string): boolean {
  return node.startsWith(`${address}:`);
}
