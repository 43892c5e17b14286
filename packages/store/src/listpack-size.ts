import type { Bytes } from "@slotcast/protocol";
import type { U64 } from "./u64.ts";

/*
 * How many bytes Redis' listpack takes for what we store another way. A stream node is full at
 * stream-node-max-bytes *of listpack*, and clients can count the entries of a node by `XTRIM ~`.
 * Source: Redis 7.0 src/listpack.c, lpEncodeGetType and lpEncodeBacklen.
 */

/** Header (total bytes, element count) and end mark. */
export const LISTPACK_EMPTY_BYTES = 7;

export function listpackIntegerBytes(value: number): number {
  if (value >= 0 && value <= 127) return 2;
  if (value >= -(2 ** 12) && value < 2 ** 12) return 3;
  if (value >= -(2 ** 15) && value < 2 ** 15) return 4;
  if (value >= -(2 ** 23) && value < 2 ** 23) return 5;
  if (value >= -(2 ** 31) && value < 2 ** 31) return 6;
  return 10;
}

/** The difference `a - b` as Redis stores it: a signed 64-bit integer that wraps around. */
export function listpackDifferenceBytes(a: U64, b: U64): number {
  if (typeof a === "number" && typeof b === "number") return listpackIntegerBytes(a - b);
  // Rounding to a number keeps the class: everything that is not exact takes the widest form.
  return listpackIntegerBytes(Number(BigInt.asIntN(64, BigInt(a) - BigInt(b))));
}

export function listpackStringBytes(text: Bytes): number {
  const { length } = text;
  if (isInteger(text)) return listpackIntegerBytes(Number(text));
  const encoded = length < 64 ? 1 + length : length < 4096 ? 2 + length : 5 + length;
  return encoded + backLengthBytes(encoded);
}

function backLengthBytes(encodedBytes: number): number {
  if (encodedBytes <= 127) return 1;
  if (encodedBytes < 16_383) return 2;
  if (encodedBytes < 2_097_151) return 3;
  if (encodedBytes < 268_435_455) return 4;
  return 5;
}

/** "-9223372036854775808" */
const INTEGER_CHARS_MAX = 20;
const MINUS = 45;
const ZERO = 48;
const NINE = 57;
const INT64_DIGITS = 19;
const INT64_MAX = "9223372036854775807";
const INT64_MIN_MAGNITUDE = "9223372036854775808";

/** Canonical decimal form of a signed 64-bit integer: no plus, no leading zero, no "-0". */
export function isInteger(text: Bytes): boolean {
  const { length } = text;
  if (length === 0 || length > INTEGER_CHARS_MAX) return false;
  const first = text.charCodeAt(0);
  const isNegative = first === MINUS;
  // Most values stop here, on their first char.
  if (!isNegative && (first < ZERO || first > NINE)) return false;
  if (first === ZERO) return length === 1;
  const start = isNegative ? 1 : 0;
  const digits = length - start;
  if (digits === 0 || digits > INT64_DIGITS || text.charCodeAt(start) === ZERO) return false;
  for (let at = start; at < length; at += 1) {
    const code = text.charCodeAt(at);
    if (code < ZERO || code > NINE) return false;
  }
  if (digits < INT64_DIGITS) return true;
  return isNegative ? text.slice(1) <= INT64_MIN_MAGNITUDE : text <= INT64_MAX;
}
