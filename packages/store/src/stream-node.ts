import type { Bytes } from "@slotcast/protocol";
import type { EntryReader } from "./stream-entries.ts";
import type { StreamId } from "./stream-id.ts";

/** Ids from..to, both included. At most `countMax` entries, from the end that the reading starts at. */
export interface StreamRange {
  readonly from: StreamId;
  readonly to: StreamId;
  /** From the newest to the oldest. */
  readonly reverse: boolean;
  /** At least 1; `Infinity` for all. */
  readonly countMax: number;
}

/**
 * `fields` is field, value, field, value …; the array is the visitor's. Its strings may be views of a node: fine
 * to write to a reply, to be owned when kept. The visitor must not change the stream.
 */
export type EntryVisitor = (id: StreamId, fields: readonly Bytes[]) => void;

/**
 * A run of consecutive entries: what Redis keeps in one listpack. All are `PackedNode`, the last one of a
 * stream may be its `OpenNode`.
 */
export interface StreamNode {
  /** Id of the first entry ever added, deleted or not. */
  readonly firstId: StreamId;
  /** Id of the last entry ever added, deleted or not. */
  readonly lastId: StreamId;
  /** Entries that were not deleted. 0 is possible: trimming by id leaves such a node behind, as in Redis. */
  readonly length: number;
  /** Entries that were deleted. */
  readonly deleted: number;
  /** What the node would take in Redis, without its two counters, whose size depends on their value. */
  readonly listpackBytes: number;
  /** Id of the oldest entry that was not deleted; `undefined` when there is none. */
  oldestId(): StreamId | undefined;
  /** False when there is no such entry. Cost: O(node). */
  delete(id: StreamId): boolean;
  /** Deletes the oldest entries while their id is below `idMin`, at most `countMax`. Returns how many. */
  deleteOldest(options: {
    readonly countMax: number;
    readonly idMin: StreamId | undefined;
  }): number;
  /** Id of the newest entry that was not deleted; `undefined` when there is none. */
  newestId(): StreamId | undefined;
  /** A reader that meets every entry of the range, and maybe others around it. */
  reader(range: StreamRange): EntryReader;
  /** The reader stepped over an entry of the node, and whoever asked for it is likely to go on from there. */
  note(reader: EntryReader): void;
}
