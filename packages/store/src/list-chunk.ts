import { ascii, own, slice, type Bytes } from "@slotcast/protocol";

/**
 * A run of list elements that is not being pushed to or popped from. It never changes: an edit makes another.
 *
 * `packed` is one flat string: for each element its length (one char below 255, else 255 and two chars, high
 * byte first), then its bytes. That is 1 byte of overhead an element where a string of its own has 24.
 * Elements too big for that to matter stay `loose`: copying them together would only cost time.
 */
export type ListChunk =
  | { readonly count: number; readonly packed: Bytes }
  | { readonly count: number; readonly loose: readonly Bytes[] };

/**
 * Elements of one chunk. Cost of the spine (an object and a slot, about 80 bytes) against the latency of
 * packing and unpacking one (5 µs each).
 */
export const CHUNK_ELEMENTS = 128;
/**
 * A chunk above this stays loose. It bounds what a view of one element can keep alive, and the two-byte
 * lengths of the packed form; at 128 bytes an element the loose form costs a fifth more memory.
 */
const CHUNK_PACKED_BYTES_MAX = 16 * 1024;
const LONG = 255;

/** An element to look for, prepared once for many chunks. */
export interface Sought {
  readonly element: Bytes;
  /** As it stands in a packed chunk; `undefined` when it is too big for any. */
  readonly packed: Bytes | undefined;
}

export function toSeek(element: Bytes): Sought {
  const { length } = element;
  const packed =
    length > CHUNK_PACKED_BYTES_MAX ? undefined : ascii(lengthPrefix(length) + element);
  return { element, packed };
}

/** Owns the bytes of the elements when it packs them; loose ones must own theirs already. */
export function sealChunk(elements: readonly Bytes[]): ListChunk {
  const count = elements.length;
  let sizeBytes = 0;
  for (const element of elements) sizeBytes += element.length;
  if (sizeBytes > CHUNK_PACKED_BYTES_MAX) return { count, loose: elements };
  const parts: string[] = [];
  for (const element of elements) parts.push(lengthPrefix(element.length), element);
  return { count, packed: flat(parts) };
}

/** A new array. Elements of 13 bytes or more are views of the chunk, 16 KB at most. */
export function unsealChunk(chunk: ListChunk): Bytes[] {
  const elements: Bytes[] = [];
  forEachInChunk(chunk, { start: 0, stop: chunk.count - 1 }, (element) => elements.push(element));
  return elements;
}

/** Elements start..stop, both included, both inside the chunk. */
export function forEachInChunk(
  chunk: ListChunk,
  { start, stop }: { readonly start: number; readonly stop: number },
  visit: (element: Bytes) => void,
): void {
  if ("loose" in chunk) {
    for (const element of chunk.loose.slice(start, stop + 1)) visit(element);
    return;
  }
  const { packed } = chunk;
  let at = endAfter(packed, 0, start);
  for (let index = start; index <= stop; index += 1) {
    const from = at + prefixChars(packed, at);
    at = endAfter(packed, at, 1);
    visit(slice(packed, from, at));
  }
}

/** The index must be inside the chunk. */
export function elementInChunk(chunk: ListChunk, index: number): Bytes {
  if ("loose" in chunk) return chunk.loose[index] as Bytes; // inside
  const { packed } = chunk;
  const at = endAfter(packed, 0, index);
  return slice(packed, at + prefixChars(packed, at), endAfter(packed, at, 1));
}

const NOWHERE: readonly number[] = [];

/** Where the chunk holds it, ascending. A chunk that does not costs one native search. */
export function findInChunk(
  chunk: ListChunk,
  { element, packed: needle }: Sought,
): readonly number[] {
  if ("loose" in chunk) return findIn(chunk.loose, element);
  const { packed, count } = chunk;
  let hit = needle === undefined ? -1 : packed.indexOf(needle);
  if (hit === -1) return NOWHERE;
  const found: number[] = [];
  let at = 0;
  // A hit that does not begin where an element begins is part of other elements.
  for (let index = 0; index < count && hit !== -1; index += 1) {
    if (at === hit) found.push(index);
    at = endAfter(packed, at, 1);
    if (hit < at) hit = packed.indexOf(needle as Bytes, at); // there was a hit
  }
  return found;
}

/** Where the array holds it, ascending. */
export function findIn(elements: readonly Bytes[], element: Bytes): readonly number[] {
  const found: number[] = [];
  for (let at = elements.indexOf(element); at !== -1; at = elements.indexOf(element, at + 1)) {
    found.push(at);
  }
  return found;
}

/** The chunk with `removed` elements at `index` replaced by `element`, which is copied. */
export function spliceChunk(
  chunk: ListChunk,
  splice: { readonly index: number; readonly removed: 0 | 1; readonly element: Bytes },
): ListChunk {
  const { index, removed, element } = splice;
  if ("packed" in chunk && chunk.packed.length + element.length <= CHUNK_PACKED_BYTES_MAX) {
    const { packed } = chunk;
    const from = endAfter(packed, 0, index);
    const rest = packed.slice(endAfter(packed, from, removed));
    const parts = [packed.slice(0, from), lengthPrefix(element.length), element, rest];
    return { count: chunk.count - removed + 1, packed: flat(parts) };
  }
  return sealChunk(ownElements(chunk).toSpliced(index, removed, own(element)));
}

/** The chunk without the elements at `positions`, which ascend. */
export function removeFromChunk(chunk: ListChunk, positions: readonly number[]): ListChunk {
  const count = chunk.count - positions.length;
  if ("loose" in chunk) return sealChunk(without(chunk.loose, positions));
  const { packed } = chunk;
  const kept: string[] = [];
  let at = 0;
  let index = 0;
  for (const position of positions) {
    const end = endAfter(packed, at, position - index);
    kept.push(packed.slice(at, end));
    at = endAfter(packed, end, 1);
    index = position + 1;
  }
  kept.push(packed.slice(at));
  return { count, packed: flat(kept) };
}

/** The array without the elements at `positions`, which ascend. */
export function without(elements: readonly Bytes[], positions: readonly number[]): Bytes[] {
  const kept: Bytes[] = [];
  let from = 0;
  for (const position of positions) {
    for (let at = from; at < position; at += 1) kept.push(elements[at] as Bytes); // inside
    from = position + 1;
  }
  for (let at = from; at < elements.length; at += 1) kept.push(elements[at] as Bytes); // inside
  return kept;
}

/** Two halves, the first one longer by one element at most. */
export function splitChunk(chunk: ListChunk): readonly [ListChunk, ListChunk] {
  const { count } = chunk;
  const half = Math.ceil(count / 2);
  if ("loose" in chunk) {
    return [sealChunk(chunk.loose.slice(0, half)), sealChunk(chunk.loose.slice(half))];
  }
  const { packed } = chunk;
  const at = endAfter(packed, 0, half);
  return [
    { count: half, packed: own(slice(packed, 0, at)) },
    { count: count - half, packed: own(slice(packed, at)) },
  ];
}

/** Whether two neighbours may become one chunk without leaving the packed form. */
export function canJoin(first: ListChunk, second: ListChunk): boolean {
  if (first.count + second.count > CHUNK_ELEMENTS) return false;
  if ("loose" in first) return "loose" in second;
  return "packed" in second && first.packed.length + second.packed.length <= CHUNK_PACKED_BYTES_MAX;
}

/** They can be joined. */
export function joinChunks(first: ListChunk, second: ListChunk): ListChunk {
  if ("packed" in first && "packed" in second) {
    return { count: first.count + second.count, packed: flat([first.packed, second.packed]) };
  }
  return sealChunk([...ownElements(first), ...ownElements(second)]);
}

/** None is a view of the chunk. */
function ownElements(chunk: ListChunk): readonly Bytes[] {
  return "loose" in chunk ? chunk.loose : unsealChunk(chunk).map(own);
}

/** One flat string; repeated `+` would leave a tree of the parts and keep them all. */
function flat(parts: readonly string[]): Bytes {
  return ascii(parts.join(""));
}

/** Where the `count` elements that begin at `at` end. */
function endAfter(packed: Bytes, at: number, count: number): number {
  let end = at;
  for (let left = count; left > 0; left -= 1) {
    const length = packed.charCodeAt(end);
    end += length === LONG ? 3 + longLength(packed, end) : 1 + length;
  }
  return end;
}

function longLength(packed: Bytes, at: number): number {
  return packed.charCodeAt(at + 1) * 256 + packed.charCodeAt(at + 2);
}

function prefixChars(packed: Bytes, at: number): number {
  return packed.charCodeAt(at) === LONG ? 3 : 1;
}

function lengthPrefix(length: number): string {
  return length < LONG
    ? String.fromCharCode(length)
    : String.fromCharCode(LONG, length >> 8, length & 255);
}
