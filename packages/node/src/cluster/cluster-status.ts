import {
  rangesByShard,
  votersWanted,
  type Facts,
  type NodeFact,
  type NodeId,
  type ShardFact,
} from "@slotcast/control";
import type { NodeAddress } from "@slotcast/router";
import { findProblems, type Problem } from "./cluster-problems.ts";
import type { PeerState } from "./peer-state.ts";
import type { ReplicationReport } from "./replication-report.ts";
import type { PeerRumours } from "./rumoured-state.ts";

/** CLUSTER STATUS: the whole cluster as one node sees it, in JSON. docs/cluster-status.md explains every field. */
export interface ClusterStatus {
  /** `down`: some slots are not served, or nothing can be decided. `degraded`: something else needs a look. */
  readonly state: "ok" | "degraded" | "down";
  /** The worst first. */
  readonly problems: readonly Problem[];
  /** Empty: the node is in no cluster yet. */
  readonly clusterId: string;
  readonly factsVersion: number;
  readonly currentEpoch: number;
  /** Who says all this. */
  readonly self: NodeId;
  readonly slotsAssigned: number;
  readonly voters: VotersStatus;
  /** In the order of their slots; those without come last. */
  readonly shards: readonly ShardStatus[];
}

export interface VotersStatus {
  readonly nodes: readonly NodeId[];
  /** How many there are to be: follows from how many nodes there are. */
  readonly wanted: number;
  /** Null: this node knows of none. */
  readonly leader: NodeId | null;
  readonly hasQuorum: boolean;
}

export interface ShardStatus {
  readonly id: string;
  readonly primary: NodeId | null;
  readonly epoch: number;
  readonly historyId: string;
  readonly slots: readonly (readonly [first: number, last: number])[];
  /** The nodes that have every acknowledged write, the primary first. */
  readonly inSync: readonly NodeId[];
  /** The primary first. */
  readonly nodes: readonly NodeStatus[];
}

export interface NodeStatus {
  readonly id: NodeId;
  /** `cluster-announce-human-nodename`; empty: none. */
  readonly name: string;
  /** For clients of the listener by which it was asked. Empty: that node does not know its address. */
  readonly host: string;
  readonly port: number;
  readonly busPort: number;
  readonly role: "primary" | "replica";
  readonly isInSync: boolean;
  readonly isVoter: boolean;
  /** `loading`: it has no copy of its shard's data yet. */
  readonly health: "online" | "loading" | "suspected" | "failed";
  readonly suspectedBy: readonly NodeId[];
  /** Where its log ends, by what it said last; null: it said nothing. */
  readonly offset: number | null;
  /** Behind its primary. Null: of a primary, and while the two logs cannot be compared. */
  readonly lagBytes: number | null;
  /** Since its primary heard of it. Null: of a primary, and where another node is the primary: only that one knows. */
  readonly lagMs: number | null;
}

/** What a status is made of. */
export interface StatusSources {
  readonly selfId: NodeId;
  readonly facts: Facts;
  readonly rumours: PeerRumours;
  readonly replication: ReplicationReport;
  readonly leaderId: NodeId | undefined;
  readonly hasQuorum: boolean;
  /** `min-isr` and `cluster-require-full-coverage` of this node. */
  readonly minIsr: number;
  readonly requiresFullCoverage: boolean;
  peerState(nodeId: NodeId): PeerState;
  /** Where whoever asks reaches a node. */
  addressOf(nodeId: NodeId): NodeAddress;
}

/** Pure. Cost: a walk over all slots and nodes. */
export function clusterStatus(sources: StatusSources): ClusterStatus {
  const { facts, selfId, leaderId, hasQuorum } = sources;
  const shards = shardsOf(sources);
  const problems = findProblems(sources, shards);
  return {
    state: stateOf(problems),
    problems,
    clusterId: facts.clusterId,
    factsVersion: facts.version,
    currentEpoch: facts.currentEpoch,
    self: selfId,
    slotsAssigned: facts.slotOwners.filter((owner) => owner !== undefined).length,
    voters: {
      nodes: facts.voters,
      wanted: votersWanted(facts.nodes.size),
      leader: leaderId ?? null,
      hasQuorum,
    },
    shards,
  };
}

export function stateOf(problems: readonly Problem[]): ClusterStatus["state"] {
  if (problems.some(({ severity }) => severity === "error")) return "down";
  return problems.length > 0 ? "degraded" : "ok";
}

function shardsOf(sources: StatusSources): ShardStatus[] {
  const { facts } = sources;
  const slots = rangesByShard(facts.slotOwners);
  const members = Map.groupBy(facts.nodes.values(), ({ shardId }) => shardId);
  const shards = Array.from(facts.shards.values(), (shard): ShardStatus => {
    const nodes = members.get(shard.id) ?? [];
    const primary = nodes.filter(({ id }) => id === shard.primary?.nodeId);
    return {
      id: shard.id,
      primary: shard.primary?.nodeId ?? null,
      epoch: shard.epoch,
      historyId: shard.historyId,
      slots: (slots.get(shard.id) ?? []).map(({ first, last }) => [first, last] as const),
      inSync: shard.isr.map(({ nodeId }) => nodeId),
      nodes: [...new Set([...primary, ...nodes])].map((node) => nodeStatus(node, shard, sources)),
    };
  });
  const placeOf = ({ slots: [range] }: ShardStatus): number => range?.[0] ?? Infinity;
  return shards.toSorted((left, right) => compare(placeOf(left), placeOf(right)));
}

function compare(left: number, right: number): number {
  return left === right ? 0 : left - right;
}

function nodeStatus(node: NodeFact, shard: ShardFact, sources: StatusSources): NodeStatus {
  const { facts, rumours } = sources;
  const isPrimary = shard.primary?.nodeId === node.id;
  const { host, port } = sources.addressOf(node.id);
  return {
    id: node.id,
    name: node.name,
    host,
    port,
    busPort: node.busPort,
    role: isPrimary ? "primary" : "replica",
    // Who started again since is another process, and has nothing.
    isInSync: shard.isr.some(
      ({ nodeId, incarnation }) => nodeId === node.id && incarnation === node.incarnation,
    ),
    isVoter: facts.voters.includes(node.id),
    health: healthOf(sources.peerState(node.id)),
    suspectedBy: rumours.reportersOf(node.id),
    offset: rumours.progress(node.id)?.offset ?? null,
    ...(isPrimary ? NO_LAG : lagOf(node, shard, sources)),
  };
}

function healthOf({ isFailed, isSuspected, isLoading }: PeerState): NodeStatus["health"] {
  if (isFailed) return "failed";
  if (isSuspected) return "suspected";
  return isLoading ? "loading" : "online";
}

type Lag = Pick<NodeStatus, "lagBytes" | "lagMs">;

const NO_LAG: Lag = { lagBytes: null, lagMs: null };

/** The primary knows what its replicas acknowledged; others compare what both say of their logs, some 100 ms old. */
function lagOf(replica: NodeFact, { primary, historyId }: ShardFact, sources: StatusSources): Lag {
  const { selfId, rumours, replication } = sources;
  if (primary === undefined) return NO_LAG;
  const report =
    primary.nodeId === selfId
      ? replication.replicas.find(({ nodeId }) => nodeId === replica.id)
      : undefined;
  if (report?.state === "online") {
    const lagBytes = Math.max(0, replication.offset - report.offset);
    return { lagBytes, lagMs: Math.round(report.lagMs) };
  }
  const [ahead, behind] = [rumours.progress(primary.nodeId), rumours.progress(replica.id)];
  if (ahead?.historyId !== historyId || behind?.historyId !== historyId) return NO_LAG;
  return { lagBytes: Math.max(0, ahead.offset - behind.offset), lagMs: null };
}
