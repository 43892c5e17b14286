import type { ByteSpan, Bytes } from "@slotcast/protocol";

/** This node's part in its shard, as clients and keys have to know it. The cluster implements it; a test may. */
export interface ReplicationState {
  /** `replica`: another node decides what happens to the keys, and its effects are executed here. */
  readonly role: "primary" | "replica";
  /** A primary whose shard has replicas: what is executed is logged, and replies wait for their commit. */
  readonly isReplicated: boolean;
  /** Where the log ends. */
  readonly logEnd: number;
  /** Up to here every in-sync replica has the log. */
  readonly commitOffset: number;
  /** Members of the in-sync set, this node included. */
  readonly isrSize: number;
  /** How many replicas have the log up to there. */
  ackedBy(offset: number): number;
  /** Effects that were executed, while `isReplicated`. Returns where they end. */
  append(effects: Bytes | ByteSpan): number;
  /**
   * Committed replies may leave in this very turn: no other process can be the primary. `nowMs` is of the steady clock.
   */
  mayRelease(nowMs: number): boolean;
}
