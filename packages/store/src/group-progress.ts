import type { ConsumerGroup } from "./consumer-group.ts";
import { compareStreamIds, STREAM_ID_MIN, type StreamId } from "./stream-id.ts";
import type { Stream } from "./stream.ts";

/*
 * How far a group is. Redis counts `entries-read` so as to know the lag without walking the stream; a deleted
 * entry (a tombstone) ahead of the group makes the counter useless, and then Redis guesses or gives up. The lag is
 * counted here where Redis gives up; `entries-read` is Redis' own, since clients hand it back to XGROUP SETID.
 *
 * Source: Redis 7.0 src/t_stream.c, streamReplyWithRange, streamEstimateDistanceFromFirstEverEntry and
 * streamReplyWithCGLag, with what 7.2.8 corrected: entries that were trimmed away are no longer ahead.
 */

/** New entries were delivered to the group, in this order: the last delivered id and the counter move on. */
export function moveOn(group: ConsumerGroup, stream: Stream, ids: readonly StreamId[]): void {
  const { maxDeletedId } = stream;
  let { entriesRead, lastDeliveredId } = group;
  if (entriesRead !== undefined && compareStreamIds(lastDeliveredId, stream.firstId) < 0) {
    entriesRead = undefined;
  }
  for (const id of ids) {
    const isCounting = entriesRead !== undefined && compareStreamIds(maxDeletedId, id) < 0;
    entriesRead = isCounting ? (entriesRead ?? 0) + 1 : entriesReadUpTo(stream, id);
    lastDeliveredId = id;
  }
  group.entriesRead = entriesRead;
  group.lastDeliveredId = lastDeliveredId;
}

/** How many entries were ever added up to this id; `undefined` when that cannot be told. */
export function entriesReadUpTo(stream: Stream, id: StreamId): number | undefined {
  const { entriesAdded, lastId, length, maxDeletedId } = stream;
  if (entriesAdded === 0) return 0;
  const isBelowLast = compareStreamIds(id, lastId);
  if (length === 0 && isBelowLast <= 0) return entriesAdded;
  const isZero = compareStreamIds(id, STREAM_ID_MIN) === 0;
  if (!isZero && compareStreamIds(id, maxDeletedId) < 0) return undefined;
  if (isBelowLast === 0) return entriesAdded;
  const { firstId } = stream;
  if (isBelowLast > 0 || compareStreamIds(maxDeletedId, firstId) >= 0) return undefined;
  const isBelowFirst = compareStreamIds(id, firstId);
  if (isBelowFirst < 0) return entriesAdded - length;
  return isBelowFirst === 0 ? entriesAdded - length + 1 : undefined;
}

/**
 * How many entries the group has still to read. O(1), or O(nodes) once an entry was deleted: the counter does not
 * know of one that was deleted between two deliveries, and Redis' lag is too high from then on.
 */
export function lagOf(group: ConsumerGroup, stream: Stream): number {
  const { entriesRead, lastDeliveredId } = group;
  const { entriesAdded, firstId, length, maxDeletedId } = stream;
  if (length === 0) return 0;
  if (compareStreamIds(lastDeliveredId, firstId) < 0) return length;
  if (compareStreamIds(maxDeletedId, STREAM_ID_MIN) > 0) return stream.countAbove(lastDeliveredId);
  if (entriesRead !== undefined) return entriesAdded - entriesRead;
  const readUpTo = entriesReadUpTo(stream, lastDeliveredId);
  return readUpTo === undefined ? stream.countAbove(lastDeliveredId) : entriesAdded - readUpTo;
}
