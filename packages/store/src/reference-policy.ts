import type { StreamGroups } from "./stream-groups.ts";
import {
  compareStreamIds,
  nextStreamId,
  STREAM_ID_MAX,
  STREAM_ID_MIN,
  type StreamId,
} from "./stream-id.ts";
import type { Stream } from "./stream.ts";

/**
 * What deleting an entry means for consumer groups. `keepref`: they keep what they know of it. `delref`: they
 * forget it. `acked`: it is deleted only when no group needs it any more. Source: Redis 8.2 (documentation).
 */
export type ReferencePolicy = "keepref" | "delref" | "acked";

/** Entries that a trim looks at before it deletes some of them. */
const TRIM_BATCH = 1024;

/** Whether a group has still to be given the entry, or to acknowledge it. O(groups · log pending). */
export function isNeeded(groups: StreamGroups, id: StreamId): boolean {
  for (const group of groups.all()) {
    if (compareStreamIds(id, group.lastDeliveredId) > 0 || group.isPending(id)) return true;
  }
  return false;
}

/** Nobody has it pending any more. False when nobody had. */
export function dropReferences(groups: StreamGroups, id: StreamId): boolean {
  let dropped = false;
  for (const group of groups.all()) if (group.acknowledge(id)) dropped = true;
  return dropped;
}

/** As `dropReferences`, for everything older than the oldest entry of the stream: what was trimmed. */
export function dropTrimmedReferences(stream: Stream): void {
  const end = stream.length === 0 ? nextStreamId(stream.lastId) : stream.firstId;
  for (const group of stream.groups.all()) {
    for (;;) {
      const entry = group.firstPendingFrom(STREAM_ID_MIN);
      if (entry === undefined) break;
      if (end !== undefined && compareStreamIds(entry.id, end) >= 0) break;
      group.acknowledge(entry.id);
    }
  }
}

/**
 * Removes the entries below `end` (`undefined`: all) that no group needs. Returns how many. Deleted one by one:
 * O(entries below `end`), and those above what the slowest group has read are not looked at.
 */
export function trimUnneeded(stream: Stream, end: StreamId | undefined): number {
  let to = end ?? STREAM_ID_MAX;
  for (const { lastDeliveredId } of stream.groups.all()) {
    if (compareStreamIds(lastDeliveredId, to) < 0) to = lastDeliveredId;
  }
  let removed = 0;
  let from: StreamId | undefined = STREAM_ID_MIN;
  while (from !== undefined) {
    const batch: StreamId[] = [];
    stream.forEachInRange({ from, to, reverse: false, countMax: TRIM_BATCH }, (id) => {
      batch.push(id);
    });
    for (const id of batch) {
      const isPastEnd = end !== undefined && compareStreamIds(id, end) >= 0;
      if (isPastEnd || isNeeded(stream.groups, id)) continue;
      stream.discard(id);
      removed += 1;
    }
    const last: StreamId | undefined = batch.at(-1);
    from = last === undefined ? undefined : nextStreamId(last);
  }
  return removed;
}
