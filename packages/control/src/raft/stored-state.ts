import { NO_FACTS, type NodeId } from "../facts.ts";
import type { HardState, LogEntry, RaftMessage, Snapshot } from "./messages.ts";

/** What a voter has on disk, and starts from. `entries` follow the snapshot; those up to its index are skipped. */
export interface StoredState {
  readonly hardState: HardState;
  readonly snapshot?: Snapshot;
  readonly entries: readonly LogEntry[];
}

/**
 * What must be made durable (fsync), in this order: the hard state, the cut, the entries. When the machine stops in
 * between, any prefix of that may be found again.
 *
 * With a snapshot it is all that the disk shall hold, hard state included: a new file that takes the place of the old
 * one, wholly or not at all (write, fsync, rename, fsync of the directory). Half of it, a snapshot with entries of
 * another history behind it, would be a log that never was.
 */
export interface DiskWrite {
  readonly hardState?: HardState;
  readonly snapshot?: Snapshot;
  /** Entries from this index on are gone. */
  readonly truncateFrom?: number;
  readonly entries: readonly LogEntry[];
}

/**
 * What a Raft wants done. First `persist`, until it is on disk; then `messages` may leave and `restored` and
 * `committed` may be applied, in this order. A message that overtakes its write is a promise that a crash breaks.
 */
export interface Ready {
  readonly persist?: DiskWrite;
  readonly messages: readonly { readonly to: NodeId; readonly message: RaftMessage }[];
  /** Contiguous with what was handed out before, or with `restored`. */
  readonly committed: readonly LogEntry[];
  /** The state machine must jump to it. */
  readonly restored?: Snapshot;
}

/** A node that no cluster has added yet. */
export const NOTHING_STORED: StoredState = {
  hardState: { term: 0, votedFor: undefined },
  entries: [],
};

/** What the first node of a cluster starts from: it is the only voter, of an empty log. */
export function founderState(selfId: NodeId): StoredState {
  return {
    ...NOTHING_STORED,
    snapshot: { index: 0, term: 0, voters: [selfId], facts: NO_FACTS },
  };
}

/** What is on disk after a write. For who reads the writes back, one after the other. */
export function afterWrite(state: StoredState, write: DiskWrite): StoredState {
  const hardState = write.hardState ?? state.hardState;
  if (write.snapshot !== undefined) {
    return { hardState, snapshot: write.snapshot, entries: write.entries };
  }
  const { truncateFrom = Infinity } = write;
  const kept = state.entries.filter((entry) => entry.index < truncateFrom);
  return { ...state, hardState, entries: [...kept, ...write.entries] };
}
