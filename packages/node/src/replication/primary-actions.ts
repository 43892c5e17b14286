import type { IsrMember, NodeId, ShardFact } from "@slotcast/control";
import type { Bytes } from "@slotcast/protocol";
import type { ReplicationFrame } from "./frames.ts";
import type { IsrProposal } from "./in-sync-set.ts";
import {
  BATCH_BYTES_MAX,
  CAUGHT_UP_BYTES,
  ISR_LAG_TIME_MS,
  LINK_GRACE_MS,
  SYNC_BUFFER_BYTES_MAX,
  UNCOMMITTED_BYTES_MAX,
  WINDOW_BYTES_MAX,
} from "./limits.ts";

/** What the facts say about one shard. */
export interface ShardView {
  readonly shard: ShardFact;
  /** The processes of its nodes that are registered now: only these can come into the set. */
  readonly registered: readonly IsrMember[];
}

/** What the shell of a primary must do, in this order. */
export type PrimaryAction =
  /** At the beginning of a reign: the part of the log that was not committed, to be executed now. */
  | { readonly do: "apply"; readonly effects: Bytes; readonly endOffset: number }
  /** The same bytes to each of them. */
  | { readonly do: "send"; readonly to: readonly NodeId[]; readonly frame: ReplicationFrame }
  /** It needs a full sync: call `beginSnapshot` in the turn in which the snapshot is taken. */
  | { readonly do: "send-snapshot"; readonly to: NodeId }
  /** To control. Comes again until the facts answer it; a refusal is for the log only. */
  | { readonly do: "propose-isr"; readonly proposal: IsrProposal }
  /** The reign is established: `isServing` from now on. */
  | { readonly do: "serve" }
  /** Replies that wait for an offset up to this one may leave. */
  | { readonly do: "committed"; readonly offset: number }
  /**
   * Stop serving, release nothing more. "refused": a replica knows a younger reign, and the facts will say whose; it may
   * be this node's own. "replaced": the facts say so, and this object is done.
   */
  | { readonly do: "step-down"; readonly why: "refused" | "replaced" };

/** What an operator may set, and what tests make small: see limits.ts. */
export interface PrimaryTuning {
  readonly isrLagTimeMs: number;
  readonly linkGraceMs: number;
  readonly batchBytesMax: number;
  readonly windowBytesMax: number;
  readonly caughtUpBytes: number;
  readonly uncommittedBytesMax: number;
  readonly syncBufferBytesMax: number;
}

export const PRIMARY_TUNING: PrimaryTuning = {
  isrLagTimeMs: ISR_LAG_TIME_MS,
  linkGraceMs: LINK_GRACE_MS,
  batchBytesMax: BATCH_BYTES_MAX,
  windowBytesMax: WINDOW_BYTES_MAX,
  caughtUpBytes: CAUGHT_UP_BYTES,
  uncommittedBytesMax: UNCOMMITTED_BYTES_MAX,
  syncBufferBytesMax: SYNC_BUFFER_BYTES_MAX,
};
