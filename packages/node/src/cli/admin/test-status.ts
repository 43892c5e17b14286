import { nodeFact } from "../../cluster/test-facts.ts";
import type { ClusterStatus, NodeStatus, ShardStatus } from "../../cluster/cluster-status.ts";

/** A status for tests: shards of nodes called `a1`, `a2`, `b1`, all well but for what is given. */
export function statusOf(
  shards: Readonly<Record<string, Readonly<Record<string, Partial<NodeStatus>>>>>,
  changes: Partial<ClusterStatus> = {},
): ClusterStatus {
  const made = Object.entries(shards).map(([name, nodes], index) => shardOf(name, nodes, index));
  const [first] = made.flatMap(({ nodes }) => nodes);
  const id = first?.id ?? "";
  return {
    state: "ok",
    problems: [],
    clusterId: "c0ffee".padEnd(40, "0"),
    factsVersion: 12,
    currentEpoch: 3,
    self: id,
    slotsAssigned: 16_384,
    voters: { nodes: [id], wanted: 1, leader: id, hasQuorum: true },
    shards: made,
    ...changes,
  };
}

/** Begins with the name, so that beginnings of ids are told apart. */
export function idOf(name: string): string {
  return `${name}${name}`.padEnd(40, "0");
}

function shardOf(
  name: string,
  nodes: Readonly<Record<string, Partial<NodeStatus>>>,
  index: number,
): ShardStatus {
  const entries = Object.entries(nodes);
  const all = entries.map(([node, given], at) =>
    nodeOf(node, at === 0 ? "primary" : "replica", given),
  );
  return {
    id: `${name}5ad`.padEnd(40, "0"),
    primary: all[0]?.id ?? null,
    epoch: index + 1,
    historyId: "4".repeat(40),
    slots: [[index * 8192, index * 8192 + 8191]],
    inSync: all.filter(({ isInSync }) => isInSync).map(({ id }) => id),
    nodes: all,
  };
}

function nodeOf(name: string, role: NodeStatus["role"], given: Partial<NodeStatus>): NodeStatus {
  const { port, busPort } = nodeFact(name);
  return {
    id: idOf(name),
    name: `node-${name}`,
    host: "127.0.0.1",
    port,
    busPort,
    role,
    isInSync: true,
    isVoter: name.endsWith("1"),
    health: "online",
    suspectedBy: [],
    offset: 100,
    lagBytes: role === "primary" ? null : 0,
    lagMs: null,
    ...given,
  };
}
