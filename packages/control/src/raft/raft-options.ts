import type { NodeId } from "../facts.ts";
import type { StoredState } from "./stored-state.ts";

export interface RaftOptions {
  readonly selfId: NodeId;
  /** From 0 to below 1. Draws apart those that would campaign at the same time. */
  readonly random: () => number;
  readonly nowMs: number;
  /** What was on disk. `undefined`: nothing, a node that no cluster has added yet. */
  readonly restored?: StoredState;
  /** Entries behind a snapshot before the next is wanted; half as many are kept for followers that are behind. */
  readonly logEntriesMax?: number;
  /** Entries in one append. Small ones bring out, in tests, what large ones hide. */
  readonly appendEntriesMax?: number;
}
