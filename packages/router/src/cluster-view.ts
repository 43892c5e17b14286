import type { SlotView } from "./route.ts";

/** 40 lower case hex digits, chosen at a node's first start. */
export type NodeId = string;

/** Both ends belong to it. */
export interface SlotRange {
  readonly first: number;
  readonly last: number;
}

/** Where something listens. `host` is an address (IPv6 without brackets) or a name; empty: not known. */
export interface NodeAddress {
  readonly host: string;
  readonly port: number;
}

/** What is certain about one node: facts. Whether it answers just now is a rumour, and not here. */
export interface ClusterNodeFacts {
  readonly id: NodeId;
  /** 40 hex digits, the same for a primary and its replicas. */
  readonly shardId: string;
  readonly role: "primary" | "replica";
  /** Of a replica; `undefined` for a primary. */
  readonly primaryId: NodeId | undefined;
  /** Where its other nodes, and clients without a better address, reach it. */
  readonly address: NodeAddress;
  /** On the same host. */
  readonly busPort: number;
  /** `cluster-announce-hostname`; empty: none. */
  readonly hostname: string;
  /** `cluster-announce-human-nodename`; empty: none. */
  readonly nodeName: string;
  readonly configEpoch: number;
  /** Ascending, as few ranges as possible; empty for a replica. */
  readonly slots: readonly SlotRange[];
}

/**
 * The cluster as one node knows it for certain: who is a member, and who owns which slot. The one interface
 * between the node and what decides these facts, the control plane.
 *
 * Immutable between two versions: whatever is worked out from a view holds as long as `version` stays.
 */
export interface ClusterView extends SlotView {
  /** Grows with every change of anything here, `state` included. */
  readonly version: number;
  /** Every member, this node included, in an order that is the same for all callers. */
  readonly nodes: ReadonlyMap<NodeId, ClusterNodeFacts>;
  /** The facts about this node: `nodes.get(selfId)`. */
  readonly self: ClusterNodeFacts;
  /** Slots that have an owner. */
  readonly slotsAssigned: number;
  /** The greatest epoch any claim has. */
  readonly currentEpoch: number;
}
