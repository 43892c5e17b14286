import type { Facts, Incarnation, NodeId } from "./facts.ts";

/** What a member of a shard last said of its log. */
export interface LogProgress {
  readonly incarnation: Incarnation;
  readonly historyId: string;
  /** Of the log's last reign; counts before the offset. */
  readonly epoch: number;
  readonly offset: number;
}

/** What the Raft leader knows when it decides: the facts that are committed, and rumours. */
export interface LeaderView {
  readonly facts: Facts;
  readonly selfId: NodeId;
  /** Voters that say this process must be replaced: suspected, and their lease grant to it has run out. */
  supporters(nodeId: NodeId): ReadonlySet<NodeId>;
  /** `undefined`: it said nothing yet. */
  progress(nodeId: NodeId): LogProgress | undefined;
  /** It was heard of since this process began, and not too long ago. */
  isThere(nodeId: NodeId): boolean;
  /** A voter: it answered the leader, in this reign and just now. Rumours take the dead for alive for longer. */
  hasAnswered(voterId: NodeId): boolean;
  /** How long nothing was heard of it. 0: it is there. */
  absentMs(nodeId: NodeId): number;
  /** Nodes that somebody asked to forget: they must not vote before that. */
  readonly leaving?: ReadonlySet<NodeId>;
}
