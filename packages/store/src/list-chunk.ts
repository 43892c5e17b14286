import { ascii, slice, type Bytes } from "@slotcast/protocol";

/**
 * A run of list elements that is not being pushed to or popped from.
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

/** Owns the bytes of the elements when it packs them; loose ones must own theirs already. */
export function sealChunk(elements: readonly Bytes[]): ListChunk {
  const count = elements.length;
  let sizeBytes = 0;
  for (const element of elements) sizeBytes += element.length;
  if (sizeBytes > CHUNK_PACKED_BYTES_MAX) return { count, loose: elements };
  const parts: string[] = [];
  for (const element of elements) parts.push(lengthPrefix(element.length), element);
  // `join` makes one flat string; repeated `+` would leave a tree of the parts and keep them all.
  return { count, packed: ascii(parts.join("")) };
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
  let at = 0;
  for (let index = 0; index <= stop; index += 1) {
    let length = packed.charCodeAt(at);
    at += 1;
    if (length === LONG) {
      length = packed.charCodeAt(at) * 256 + packed.charCodeAt(at + 1);
      at += 2;
    }
    if (index >= start) visit(slice(packed, at, at + length));
    at += length;
  }
}

function lengthPrefix(length: number): string {
  return length < LONG
    ? String.fromCharCode(length)
    : String.fromCharCode(LONG, length >> 8, length & 255);
}
