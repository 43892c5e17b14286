import { SLOTS } from "@slotcast/protocol";

/** 40 lower case hex digits, chosen at a node's first start. */
export type NodeId = string;
/** 40 lower case hex digits: a primary with its replicas. Never used twice. */
export type ShardId = string;

/**
 * Both ends of one life of a node's memory: a process that starts again is another incarnation, and has nothing of
 * what the one before it held. Grows with each start of the node.
 */
export type Incarnation = number;

/** One node, as all agree on it. Whether it answers is a rumour, and not here. */
export interface NodeFact {
  readonly id: NodeId;
  /** Where nodes, and clients without a better address, reach it. "": only the node itself, before it met others. */
  readonly host: string;
  readonly port: number;
  readonly busPort: number;
  /** `cluster-announce-hostname`; "": none. */
  readonly hostname: string;
  /** `cluster-announce-human-nodename`; "": none. */
  readonly name: string;
  readonly incarnation: Incarnation;
  readonly shardId: ShardId;
}

/** Who has all that was acknowledged: this process of this node, and no other. */
export interface IsrMember {
  readonly nodeId: NodeId;
  readonly incarnation: Incarnation;
}

export interface ShardFact {
  readonly id: ShardId;
  /** The first of `isr`. `undefined`: it was forgotten, and left nodes but no slots behind; nobody serves. */
  readonly primary: IsrMember | undefined;
  /** Of the primary's reign: grows with every promotion; unique over all shards. 0 before its first slots. */
  readonly epoch: number;
  /**
   * The in-sync set, the primary first. Only its members may be promoted, and a write is acknowledged when all of
   * them have it.
   */
  readonly isr: readonly IsrMember[];
  /** Grows with every change of `isr`, so that a proposal about an older one is refused. */
  readonly isrVersion: number;
  /** Offsets are compared within one history only. 40 hex digits; another one after data was given up. */
  readonly historyId: string;
  /** The primary before this one handed over: it had no lease any more that would have to be waited for. */
  readonly isHandedOver?: true;
}

/**
 * What the whole cluster agrees on. Immutable: a change makes another. `version` is the index of the log entry that
 * made it, so of two the higher is the newer.
 */
export interface Facts {
  readonly version: number;
  /** 40 hex digits, made with the first fact: two clusters are told apart by it. */
  readonly clusterId: string;
  readonly nodes: ReadonlyMap<NodeId, NodeFact>;
  readonly shards: ReadonlyMap<ShardId, ShardFact>;
  /** By slot; `undefined`: nobody's. */
  readonly slotOwners: readonly (ShardId | undefined)[];
  /** Who decides: 1, 3 or 5 nodes, in the order in which they were chosen. */
  readonly voters: readonly NodeId[];
  /** The highest epoch ever given. */
  readonly currentEpoch: number;
  /** Nodes that were removed, in that order. Bounded by FORGOTTEN_MAX: the oldest goes. */
  readonly forgotten: readonly ForgottenNode[];
}

/** It comes back only by being asked for anew, and unless it left by its own reset, by an operator's invitation. */
export interface ForgottenNode {
  readonly nodeId: NodeId;
  /** The last version of the facts that had it. */
  readonly lastVersion: number;
  readonly byReset: boolean;
}

export const NO_FACTS: Facts = {
  version: 0,
  clusterId: "",
  nodes: new Map(),
  shards: new Map(),
  slotOwners: Array.from({ length: SLOTS }),
  voters: [],
  currentEpoch: 0,
  forgotten: [],
};
