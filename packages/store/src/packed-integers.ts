import { ascii, EMPTY, type Bytes } from "@slotcast/protocol";
import { isInteger } from "./listpack-size.ts";
import { spliceBytes } from "./splice-bytes.ts";

/*
 * 64-bit integers in ascending order in one string: a char that tells their width (2, 4 or 8 bytes, what the widest
 * needs), then each of them, big-endian with the sign bit flipped, so that the order of the chars is that of the
 * numbers. An integer that needs more widens all of them, and they stay so. No integers: the empty string.
 *
 * Changing is O(bytes), finding O(log n). Source: Redis 7.0 src/intset.c, the same but for the order of the bytes.
 */

/** One integer in 2, 4 or 8 chars. */
export type IntegerChars = Bytes;

const HEAD_CHARS = 1;
const NARROWEST = 2;
const SIGN = 0x80;
/** What a positive and a negative number get in front when they are widened: zeros or ones, and the flipped sign. */
const POSITIVE_FRONT = "\x80\0\0\0\0\0";
const NEGATIVE_FRONT = "\x7f\xff\xff\xff\xff\xff";
/** Up to so many chars a double holds every integer exactly. */
const EXACT_CHARS_MAX = 15;
const WORD = 2 ** 32;
const HALF_WORD = 2 ** 31;

/** As narrow as it can be; `undefined` when the text is not the canonical form of a signed 64-bit integer. */
export function integerChars(text: Bytes): IntegerChars | undefined {
  if (!isInteger(text)) return undefined;
  const exact = text.length <= EXACT_CHARS_MAX;
  const value = exact ? Number(text) : BigInt(text);
  if (value >= -(2 ** 15) && value < 2 ** 15) {
    const biased = Number(value) + 2 ** 15;
    return ascii(String.fromCharCode(biased >> 8, biased & 255));
  }
  if (value >= -HALF_WORD && value < HALF_WORD) return wordChars(Number(value) + HALF_WORD);
  const high = exact ? Math.floor(Number(value) / WORD) : Number(BigInt(value) >> 32n);
  const low = exact ? Number(value) - high * WORD : Number(BigInt.asUintN(32, BigInt(value)));
  return ascii(wordChars(high + HALF_WORD) + wordChars(low));
}

export function countIntegers(packed: Bytes): number {
  return packed === EMPTY ? 0 : (packed.length - HEAD_CHARS) / packed.charCodeAt(0);
}

/** The decimal form of the integer of this index. */
export function integerAt(packed: Bytes, index: number): Bytes {
  const width = packed.charCodeAt(0);
  const at = HEAD_CHARS + index * width;
  if (width === 2) {
    return ascii(String(packed.charCodeAt(at) * 256 + packed.charCodeAt(at + 1) - 2 ** 15));
  }
  const high = wordAt(packed, at) - HALF_WORD;
  if (width === 4) return ascii(String(high));
  const low = wordAt(packed, at + 4);
  const value = high * WORD + low;
  if (Number.isSafeInteger(value)) return ascii(String(value));
  return ascii(String(BigInt(high) * BigInt(WORD) + BigInt(low)));
}

/** The index of the integer, or, when it is not there, `-1 - index` of where it belongs. */
export function findInteger(packed: Bytes, integer: IntegerChars): number {
  const width = packed === EMPTY ? NARROWEST : packed.charCodeAt(0);
  // One that is wider than all there are is beyond one of the ends.
  if (integer.length > width) return integer.charCodeAt(0) < SIGN ? -1 : -1 - countIntegers(packed);
  const probe = widened(integer, width);
  let low = 0;
  let high = countIntegers(packed);
  while (low < high) {
    const middle = (low + high) >>> 1;
    const order = compareAt(packed, HEAD_CHARS + middle * width, probe);
    if (order === 0) return middle;
    if (order < 0) low = middle + 1;
    else high = middle;
  }
  return -1 - low;
}

/** `index` is where it belongs, as `findInteger` told; it must not be there. */
export function insertInteger(packed: Bytes, index: number, integer: IntegerChars): Bytes {
  if (packed === EMPTY) return ascii(String.fromCharCode(integer.length) + integer);
  const wide = integer.length > packed.charCodeAt(0) ? widenAll(packed, integer.length) : packed;
  const width = wide.charCodeAt(0);
  const start = HEAD_CHARS + index * width;
  return spliceBytes(wide, { start, removed: 0, inserted: widened(integer, width) });
}

export function removeInteger(packed: Bytes, index: number): Bytes {
  const width = packed.charCodeAt(0);
  if (packed.length === HEAD_CHARS + width) return EMPTY;
  const start = HEAD_CHARS + index * width;
  return spliceBytes(packed, { start, removed: width, inserted: EMPTY });
}

function widenAll(packed: Bytes, width: number): Bytes {
  const before = packed.charCodeAt(0);
  const parts = [String.fromCharCode(width)];
  for (let at = HEAD_CHARS; at < packed.length; at += before) {
    parts.push(widened(ascii(packed.slice(at, at + before)), width));
  }
  return ascii(parts.join(""));
}

function widened(integer: IntegerChars, width: number): IntegerChars {
  const missing = width - integer.length;
  if (missing === 0) return integer;
  const first = integer.charCodeAt(0);
  const front = first < SIGN ? NEGATIVE_FRONT : POSITIVE_FRONT;
  // The sign moves to the new first char; the old one gets its plain bit back.
  return ascii(front.slice(0, missing) + String.fromCharCode(first ^ SIGN) + integer.slice(1));
}

function compareAt(packed: Bytes, at: number, probe: IntegerChars): number {
  for (let index = 0; index < probe.length; index += 1) {
    const difference = packed.charCodeAt(at + index) - probe.charCodeAt(index);
    if (difference !== 0) return difference;
  }
  return 0;
}

function wordChars(word: number): Bytes {
  return ascii(
    String.fromCharCode(word >>> 24, (word >>> 16) & 255, (word >>> 8) & 255, word & 255),
  );
}

function wordAt(packed: Bytes, at: number): number {
  return (
    ((packed.charCodeAt(at) << 24) |
      (packed.charCodeAt(at + 1) << 16) |
      (packed.charCodeAt(at + 2) << 8) |
      packed.charCodeAt(at + 3)) >>>
    0
  );
}
