import assert from "node:assert/strict";

/** A chunk holds up to so many slot numbers: 2 KB. Less in the first one, which begins small and doubles. */
const CHUNK_SLOTS = 512;
const FIRST_CHUNK_SLOTS = 8;
/** A chunk this empty joins its neighbour when both fit into half a chunk. */
const SPARSE_SLOTS = CHUNK_SLOTS / 8;

/** How the records of slots are ordered. */
export interface SlotOrder {
  /** Negative, zero or positive, as `Array.sort` wants it. */
  readonly compare: (a: number, b: number) => number;
  /** A number that never falls from one slot to the next, and may be the same for several. */
  readonly keyOf: (slot: number) => number;
}

/** What is in order is `slots[start..end-1]`. Taking the oldest away only moves `start`. */
interface Chunk {
  slots: Uint32Array;
  start: number;
  end: number;
}

/**
 * Slot numbers in the order that a comparison of their records gives; no two are equal. What a record is ordered
 * by may change only while it is out of the index.
 *
 * ```
 *   spine   chunk  chunk  …  chunk
 *           [s s]  [s s s]   [s s s ← append
 * ```
 *
 * Cost: appending and taking the first are O(1), all else O(log n) and moving some of a chunk. A search looks at
 * keys that lie side by side to find the chunk, and then at the records of that chunk only: three times as fast as
 * comparing records all the way when a million of them are spread over the memory.
 * Memory: 4 bytes a slot, up to 8 after inserting in random order.
 */
export class OrderedSlots {
  readonly #order: SlotOrder;
  readonly #chunks: Chunk[] = [];
  /** The key of each chunk's last slot, but for the last chunk's. */
  readonly #lastKeys: number[] = [];
  #length = 0;
  /** Where `#seek` ended: the spine's index, and the place in that chunk. */
  #chunkIndex = 0;
  #at = 0;

  constructor(order: SlotOrder) {
    this.#order = order;
  }

  get length(): number {
    return this.#length;
  }

  first(): number | undefined {
    const chunk = this.#chunks[0];
    return chunk === undefined || this.#length === 0 ? undefined : chunk.slots[chunk.start];
  }

  last(): number | undefined {
    const chunk = this.#chunks.at(-1);
    return chunk === undefined || this.#length === 0 ? undefined : chunk.slots[chunk.end - 1];
  }

  /** The slot that is equal to the probe. */
  find(probe: number): number | undefined {
    const slot = this.firstFrom(probe);
    return slot !== undefined && this.#order.compare(slot, probe) === 0 ? slot : undefined;
  }

  /** As `find`, and it is not in the index any more. */
  take(probe: number): number | undefined {
    const slot = this.find(probe);
    if (slot !== undefined) this.#removeFound();
    return slot;
  }

  /** The first slot that is not below the probe. */
  firstFrom(probe: number): number | undefined {
    return this.#seek(probe)?.slots[this.#at];
  }

  add(slot: number): void {
    const last = this.last();
    const chunk =
      last === undefined || this.#order.compare(last, slot) < 0 ? undefined : this.#seek(slot);
    if (chunk === undefined) this.#append(slot);
    else this.#insert(chunk, slot);
    this.#length += 1;
  }

  /** The slot must be there. */
  remove(slot: number): void {
    const index = this.#length === 0 ? 0 : this.#chunkFor(slot, this.#order.keyOf(slot));
    const chunk = this.#chunks[index];
    assert(chunk !== undefined, "a slot is in a chunk");
    const { slots, start, end } = chunk;
    // The numbers lie side by side, the records all over the memory: looking through all of the former is faster.
    const guess = placeIfRising(chunk, slot);
    const at = guess < end && slots[guess] === slot ? guess : slots.indexOf(slot, start);
    assert(at >= start && at < end, "a slot is where its record says");
    this.#chunkIndex = index;
    this.#at = at;
    this.#removeFound();
  }

  /** Removes all slots that are not to be kept, in one pass. */
  retain(isKept: (slot: number) => boolean): void {
    const before = this.#chunks.splice(0);
    this.#lastKeys.length = 0;
    this.#length = 0;
    for (const { slots, start, end } of before) {
      for (const slot of slots.subarray(start, end)) {
        if (!isKept(slot)) continue;
        this.#append(slot);
        this.#length += 1;
      }
    }
  }

  /** Visits from the probe on, or from the first one, until the visitor says false. It must not change the index. */
  forEachFrom(probe: number | undefined, visit: (slot: number) => boolean): void {
    let at: number | undefined;
    let index = 0;
    if (probe !== undefined) {
      if (this.#seek(probe) === undefined) return;
      index = this.#chunkIndex;
      at = this.#at;
    }
    for (; index < this.#chunks.length; index += 1) {
      const { slots, start, end } = this.#chunks[index] as Chunk; // below length
      for (at ??= start; at < end; at += 1) {
        if (!visit(slots[at] as number)) return; // below `end`
      }
      at = undefined;
    }
  }

  /** Steps to the first slot that is not below the probe, and returns its chunk; `undefined`: all are below. */
  #seek(probe: number): Chunk | undefined {
    if (this.#length === 0) return undefined;
    const key = this.#order.keyOf(probe);
    const index = this.#chunkFor(probe, key);
    const chunk = this.#chunks[index] as Chunk; // an index of the spine
    const { slots, start, end } = chunk;
    let low = start;
    let high = end;
    // Nearly always it is the first: entries are acknowledged in the order in which they came.
    if (!this.#isBelow(slots[low] as number, probe, key)) high = low; // no chunk is empty
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#isBelow(slots[middle] as number, probe, key)) low = middle + 1; // between start and end
      else high = middle;
    }
    this.#chunkIndex = index;
    this.#at = low;
    return low < end ? chunk : undefined;
  }

  /** Index of the first chunk whose last slot is not below the probe, or of the last chunk. */
  #chunkFor(probe: number, key: number): number {
    const lastKeys = this.#lastKeys;
    if (lastKeys.length === 0 || !this.#isChunkBelow(0, probe, key)) return 0;
    let low = 1;
    let high = lastKeys.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#isChunkBelow(middle, probe, key)) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Whether all of the chunk, which is not the last one, is below the probe. */
  #isChunkBelow(index: number, probe: number, key: number): boolean {
    const lastKey = this.#lastKeys[index] as number; // below length
    if (lastKey !== key) return lastKey < key;
    const { slots, end } = this.#chunks[index] as Chunk; // as many, and one more
    return this.#order.compare(slots[end - 1] as number, probe) < 0; // no chunk is empty
  }

  /** Keys are looked at first: half of the memory that a comparison looks at, and most of the answers. */
  #isBelow(slot: number, probe: number, key: number): boolean {
    const slotKey = this.#order.keyOf(slot);
    return slotKey === key ? this.#order.compare(slot, probe) < 0 : slotKey < key;
  }

  /** Removes the slot that `#seek` found. */
  #removeFound(): void {
    const index = this.#chunkIndex;
    const chunk = this.#chunks[index] as Chunk; // `#seek` found it
    const at = this.#at;
    this.#length -= 1;
    if (at === chunk.start) {
      chunk.start += 1;
    } else {
      chunk.slots.copyWithin(at, at + 1, chunk.end);
      chunk.end -= 1;
      if (at === chunk.end) this.#noteLast(index);
    }
    const left = chunk.end - chunk.start;
    if (left > SPARSE_SLOTS) return;
    if (this.#chunks.length > 1) {
      if (left === 0) this.#dropChunk(index);
      else this.#join(index);
    } else if (left === 0) {
      chunk.start = 0;
      chunk.end = 0;
    }
  }

  #append(slot: number): void {
    let chunk = this.#chunks.at(-1);
    if (chunk === undefined || chunk.end === chunk.slots.length) {
      if (chunk === undefined) chunk = this.#pushChunk(FIRST_CHUNK_SLOTS);
      else if (!makeRoom(chunk)) chunk = this.#pushChunk(CHUNK_SLOTS);
    }
    chunk.slots[chunk.end] = slot;
    chunk.end += 1;
  }

  /** At the place that `#seek` found. */
  #insert(found: Chunk, slot: number): void {
    let chunk = found;
    let fromStart = this.#at - chunk.start;
    if (chunk.end === chunk.slots.length && !makeRoom(chunk)) {
      const upper = splitChunk(chunk);
      const index = this.#chunkIndex;
      this.#chunks.splice(index + 1, 0, upper);
      this.#lastKeys.splice(index, 0, 0);
      this.#noteLast(index);
      const size = chunk.end - chunk.start;
      // Between the two it is the upper one's: what the lower one ends with has just been noted.
      if (fromStart >= size) {
        chunk = upper;
        fromStart -= size;
      }
    }
    const at = chunk.start + fromStart;
    chunk.slots.copyWithin(at + 1, at, chunk.end);
    chunk.slots[at] = slot;
    chunk.end += 1;
  }

  #pushChunk(size: number): Chunk {
    const chunk = { slots: new Uint32Array(size), start: 0, end: 0 };
    this.#chunks.push(chunk);
    this.#noteLast(this.#chunks.length - 2);
    return chunk;
  }

  #dropChunk(index: number): void {
    this.#chunks.splice(index, 1);
    // Of the last chunk no key is kept: the one before it is the last now.
    this.#lastKeys.splice(Math.min(index, this.#lastKeys.length - 1), 1);
  }

  /** With the next chunk or the one before it, if they are small. */
  #join(index: number): void {
    const left = this.#joinNext(index) ? index : index - 1;
    if (left < index && left >= 0) this.#joinNext(left);
  }

  #joinNext(index: number): boolean {
    const chunk = this.#chunks[index];
    const next = this.#chunks[index + 1];
    if (chunk === undefined || next === undefined || !appendChunk(chunk, next)) return false;
    this.#dropChunk(index + 1);
    this.#noteLast(index);
    return true;
  }

  /** The last slot of the chunk is another one now. */
  #noteLast(index: number): void {
    if (index < 0 || index >= this.#chunks.length - 1) return;
    const { slots, end } = this.#chunks[index] as Chunk; // below length
    this.#lastKeys[index] = this.#order.keyOf(slots[end - 1] as number); // no chunk is empty
  }
}

/** Slot numbers mostly rise, since they are given out in order. Where this one is if they do. */
function placeIfRising({ slots, start, end }: Chunk, slot: number): number {
  if (slots[start] === slot) return start;
  let low = start;
  let high = end;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((slots[middle] as number) < slot) low = middle + 1; // between start and end
    else high = middle;
  }
  return low;
}

/** Room at the end, by growing or by moving to the front. False: the chunk is full. */
function makeRoom(chunk: Chunk): boolean {
  const { slots, start, end } = chunk;
  if (start >= slots.length / 2) {
    slots.copyWithin(0, start, end);
  } else if (slots.length < CHUNK_SLOTS) {
    chunk.slots = new Uint32Array(slots.length * 2);
    chunk.slots.set(slots.subarray(start, end));
  } else {
    return false;
  }
  chunk.start = 0;
  chunk.end = end - start;
  return true;
}

/** Takes the upper half away and returns it. */
function splitChunk(chunk: Chunk): Chunk {
  const middle = (chunk.start + chunk.end) >>> 1;
  const upper = new Uint32Array(CHUNK_SLOTS);
  upper.set(chunk.slots.subarray(middle, chunk.end));
  const size = chunk.end - middle;
  chunk.end = middle;
  return { slots: upper, start: 0, end: size };
}

/** Appends what is in the later one. False when together they would be more than half full. */
function appendChunk(chunk: Chunk, later: Chunk): boolean {
  const size = chunk.end - chunk.start;
  const laterSize = later.end - later.start;
  if (size + laterSize > CHUNK_SLOTS / 2) return false;
  const slots = new Uint32Array(CHUNK_SLOTS);
  slots.set(chunk.slots.subarray(chunk.start, chunk.end));
  slots.set(later.slots.subarray(later.start, later.end), size);
  chunk.slots = slots;
  chunk.start = 0;
  chunk.end = size + laterSize;
  return true;
}
