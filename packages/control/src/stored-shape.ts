import { LOG_ENTRIES_STORED_MAX } from "./limits.ts";
import { countOf, fieldsOf, listOf, type Plain } from "./plain-shape.ts";
import {
  hardStateFromPlain,
  hardStateToPlain,
  logEntryFromPlain,
  logEntryToPlain,
  snapshotFromPlain,
  snapshotToPlain,
} from "./raft-shape.ts";
import type { DiskWrite } from "./raft/stored-state.ts";

/** A write as plain data, for the voter's file. What it does not have is not there. */
export function diskWriteToPlain({ hardState, snapshot, truncateFrom, entries }: DiskWrite): Plain {
  return {
    ...(hardState && { hardState: hardStateToPlain(hardState) }),
    ...(snapshot && { snapshot: snapshotToPlain(snapshot) }),
    ...(truncateFrom !== undefined && { truncateFrom }),
    entries: entries.map(logEntryToPlain),
  };
}

/** Throws TypeError unless it is what diskWriteToPlain makes. Whether it fits what was written before is not known here. */
export function diskWriteFromPlain(value: unknown): DiskWrite {
  const fields = fieldsOf(value, "write", ["hardState?", "snapshot?", "truncateFrom?", "entries"]);
  const entries = listOf(fields.entries, "entries", LOG_ENTRIES_STORED_MAX, logEntryFromPlain);
  const [first] = entries;
  if (first !== undefined && entries.some(({ index }, at) => index !== first.index + at)) {
    throw new TypeError("entries: not one after the other");
  }
  return {
    ...(fields.hardState !== undefined && { hardState: hardStateFromPlain(fields.hardState) }),
    ...(fields.snapshot !== undefined && { snapshot: snapshotFromPlain(fields.snapshot) }),
    ...(fields.truncateFrom !== undefined && {
      truncateFrom: countOf(fields.truncateFrom, "truncateFrom"),
    }),
    entries,
  };
}
