import type { NodeId } from "@slotcast/control";
import { LightCluster } from "./light-cluster.ts";
import type { LightNode } from "./light-node.ts";

const SETTLING_MS = 3000;
const QUIET_MS = 2000;
const FACTS = 5;
export const SHARDS_THAT_DIE = 50;

export interface ScaleFigures {
  readonly nodes: number;
  /** From the wish until every node knows, over some facts: the median and the longest. */
  readonly factMs: number;
  readonly factMsMax: number;
  /** A machine falls silent: until all others suspect it. */
  readonly suspicionMs: number;
  /** Sent by a node in a second in which nothing happens, on average; and how many frames. */
  readonly bytesPerSecond: number;
  readonly framesPerSecond: number;
  /** From the death of the primaries of fifty shards until half of them, and all of them, are served again. */
  readonly killedMs: Failover;
  readonly silentMs: Failover;
}

export interface Failover {
  readonly median: number;
  readonly last: number;
}

/** Cost: some 10 virtual seconds of N² messages, twice. */
export function measureScale(nodes: number): ScaleFigures {
  const cluster = new LightCluster({ nodes });
  settle(cluster);
  const traffic = measureTraffic(cluster);
  const facts = Array.from({ length: FACTS }, (_, index) => measureFact(cluster, index));
  facts.sort((a, b) => a - b);
  const suspicionMs = measureSuspicion(cluster);
  const killedMs = measureFailover(cluster, { isSilent: false });
  const other = new LightCluster({ nodes, seed: 2 });
  settle(other);
  return {
    nodes,
    factMs: facts[FACTS >> 1] ?? 0,
    factMsMax: facts.at(-1) ?? 0,
    suspicionMs,
    ...traffic,
    killedMs,
    silentMs: measureFailover(other, { isSilent: true }),
  };
}

/** Everybody serves. */
function settle(cluster: LightCluster): void {
  cluster.runUntil("all shards are served", () => servingIn(cluster) === cluster.shards);
  cluster.runFor(SETTLING_MS);
}

function measureTraffic(
  cluster: LightCluster,
): Pick<ScaleFigures, "bytesPerSecond" | "framesPerSecond"> {
  cluster.sentBytes = 0;
  cluster.sentFrames = 0;
  cluster.runFor(QUIET_MS);
  const nodeSeconds = (cluster.nodes.size * QUIET_MS) / 1000;
  return {
    bytesPerSecond: cluster.sentBytes / nodeSeconds,
    framesPerSecond: cluster.sentFrames / nodeSeconds,
  };
}

/** A node has another name. */
function measureFact(cluster: LightCluster, index: number): number {
  const node = nodeAt(cluster, 7 + 3 * index);
  const known = node.core.facts.nodes.get(node.id);
  if (known === undefined) throw new Error("no such node");
  const { shardId: _, ...fact } = known;
  const name = `name-${index}`;
  const startMs = cluster.clock.nowMs;
  node.propose({ kind: "update-node", node: { ...fact, name } });
  cluster.runUntil("all know the fact", () =>
    all(cluster, ({ core }) => core.facts.nodes.get(node.id)?.name === name),
  );
  const ms = cluster.clock.nowMs - startMs;
  cluster.runFor(200);
  return ms;
}

/** Of a replica that does not vote. */
function measureSuspicion(cluster: LightCluster): number {
  const victim = [...cluster.nodes.values()].findLast(
    ({ id, core }) => !core.facts.voters.includes(id) && core.role.replica !== undefined,
  );
  if (victim === undefined) throw new Error("no replica");
  const startMs = cluster.clock.nowMs;
  cluster.kill([victim], { isSilent: true });
  cluster.runUntil("all suspect it", () =>
    all(cluster, ({ core }) => core.detector.isSuspected(victim.id)),
  );
  return cluster.clock.nowMs - startMs;
}

function measureFailover(cluster: LightCluster, how: { readonly isSilent: boolean }): Failover {
  const primaries = [...cluster.nodes.values()].filter(
    ({ core }) => core.role.primary !== undefined && hasLivingReplica(cluster, core.self.nodeId),
  );
  const victims = primaries.slice(0, SHARDS_THAT_DIE);
  const shards = new Set(victims.map(({ core, id }) => core.facts.nodes.get(id)?.shardId ?? ""));
  const startMs = cluster.clock.nowMs;
  cluster.kill(victims, how);
  const servedMs = new Map<string, number>();
  cluster.runUntil("all of them are served again", () => {
    for (const { core, isServing } of cluster.nodes.values()) {
      const shardId = core.facts.nodes.get(core.self.nodeId)?.shardId ?? "";
      if (shards.has(shardId) && isServing && !servedMs.has(shardId)) {
        servedMs.set(shardId, cluster.clock.nowMs - startMs);
      }
    }
    return servedMs.size === shards.size;
  });
  const times = [...servedMs.values()].sort((a, b) => a - b);
  return { median: times[times.length >> 1] ?? 0, last: times.at(-1) ?? 0 };
}

function hasLivingReplica({ nodes }: LightCluster, primaryId: NodeId): boolean {
  const { facts } = nodes.get(primaryId)?.core ?? {};
  const shard = facts?.shards.get(facts.nodes.get(primaryId)?.shardId ?? "");
  return shard?.isr.some(({ nodeId }) => nodeId !== primaryId && nodes.has(nodeId)) ?? false;
}

function nodeAt({ nodes }: LightCluster, index: number): LightNode {
  const node = [...nodes.values()][index];
  if (node === undefined) throw new Error(`no node ${index}`);
  return node;
}

function servingIn({ nodes }: LightCluster): number {
  let count = 0;
  for (const { isServing } of nodes.values()) if (isServing) count += 1;
  return count;
}

function all({ nodes }: LightCluster, isTrue: (node: LightNode) => boolean): boolean {
  for (const node of nodes.values()) if (!isTrue(node)) return false;
  return true;
}
