import type { Bytes } from "@slotcast/protocol";
import {
  compareStreamIds,
  nextStreamId,
  STREAM_ID_MAX,
  type Stream,
  type StreamId,
} from "@slotcast/store";

/** Entries as they were read, in two rows: ids alone are what a group wants. */
export interface FoundEntries {
  readonly ids: StreamId[];
  readonly fields: (readonly Bytes[])[];
}

/**
 * What one XREAD may return of all its streams together: MAXCOUNT entries, and MAXSIZE bytes of reply. The first
 * entry may always be returned, however large, or nobody would ever get beyond it.
 */
export class ReadBudget {
  #entries: number;
  #bytes: number;
  #isFresh = true;

  constructor(limits: { readonly totalCountMax: number; readonly replyBytesMax: number }) {
    this.#entries = limits.totalCountMax;
    this.#bytes = limits.replyBytesMax;
  }

  /** Entries that may still be taken, as far as their number goes. */
  get entries(): number {
    return this.#isFresh || this.#bytes > 0 ? this.#entries : 0;
  }

  /** Nothing depends on the size of an entry. */
  get hasAnySize(): boolean {
    return this.#bytes === Number.POSITIVE_INFINITY;
  }

  /** False: the reply is full, and this entry is not part of it. `fields` is missing for a deleted one. */
  take(fields: readonly Bytes[] | undefined): boolean {
    if (this.#entries <= 0) return false;
    if (!this.hasAnySize) {
      const sizeBytes = replyBytes(fields);
      if (!this.#isFresh && sizeBytes > this.#bytes) {
        this.#bytes = 0;
        return false;
      }
      this.#bytes -= sizeBytes;
    }
    this.#isFresh = false;
    this.#entries -= 1;
    return true;
  }

  /** As many `take`s, where `hasAnySize`. */
  takeMany(entries: number): void {
    if (entries === 0) return;
    this.#isFresh = false;
    this.#entries -= entries;
  }
}

/** An id, two heads of arrays; and of each string its own head. Some bytes more or less do not matter. */
const ENTRY_OVERHEAD_BYTES = 32;
const STRING_OVERHEAD_BYTES = 8;

function replyBytes(fields: readonly Bytes[] | undefined): number {
  let sizeBytes = ENTRY_OVERHEAD_BYTES;
  for (const field of fields ?? []) sizeBytes += STRING_OVERHEAD_BYTES + field.length;
  return sizeBytes;
}

/** Entries read at once where their size decides how many are returned. */
const BATCH_ENTRIES = 32;

/** The entries from `from` on, at most `countMax`, as far as the budget goes when there is one. */
export function readEntries(
  stream: Stream,
  range: { readonly from: StreamId; readonly countMax: number },
  budget?: ReadBudget,
): FoundEntries {
  const ids: StreamId[] = [];
  const fields: (readonly Bytes[])[] = [];
  if (budget === undefined) {
    readInto({ ids, fields }, stream, range);
    return { ids, fields };
  }
  const countMax = Math.min(range.countMax, budget.entries);
  if (countMax <= 0) return { ids, fields };
  if (budget.hasAnySize) {
    readInto({ ids, fields }, stream, { from: range.from, countMax });
    budget.takeMany(ids.length);
    return { ids, fields };
  }
  let { from } = range;
  while (ids.length < countMax) {
    const batch: FoundEntries = { ids: [], fields: [] };
    const wanted = Math.min(BATCH_ENTRIES, countMax - ids.length);
    readInto(batch, stream, { from, countMax: wanted });
    for (const [index, id] of batch.ids.entries()) {
      const entry = batch.fields[index] as readonly Bytes[]; // as many as ids
      if (!budget.take(entry)) return { ids, fields };
      ids.push(id);
      fields.push(entry);
    }
    const next = batch.ids.length < wanted ? undefined : nextStreamId(ids.at(-1) ?? from);
    if (next === undefined) break;
    from = next;
  }
  return { ids, fields };
}

function readInto(
  { ids, fields }: FoundEntries,
  stream: Stream,
  { from, countMax }: { readonly from: StreamId; readonly countMax: number },
): void {
  stream.forEachInRange({ from, to: STREAM_ID_MAX, reverse: false, countMax }, (id, entry) => {
    ids.push(id);
    fields.push(entry);
  });
}

/** Nearly always the last id tells; it is above the newest entry when that one was deleted. */
export function hasNewer(stream: Stream, after: StreamId): boolean {
  return compareStreamIds(stream.lastId, after) > 0 && compareStreamIds(stream.newestId, after) > 0;
}
