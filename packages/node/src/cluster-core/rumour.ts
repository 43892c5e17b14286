import type { LogProgress, NodeId } from "@slotcast/control";

/** What a node says of itself to every peer, with each heartbeat and at once when it matters. */
export interface Rumour {
  readonly incarnation: number;
  /** Of the facts that it knows. Who knows older ones asks. */
  readonly factsVersion: number;
  /** How late its own timers are: it may be slow, and knows it. */
  readonly lagMs: number;
  /** Nodes that it has not heard of for too long. */
  readonly suspects: readonly NodeId[];
  /** Of the log that it keeps for its shard; missing: it keeps none. */
  readonly progress?: Omit<LogProgress, "incarnation">;
}
