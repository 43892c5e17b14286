import type { Bytes } from "@slotcast/protocol";

/** Up to this many digits a double holds every integer exactly. */
const EXACT_DIGITS = 15;
/** The longest text of a 64-bit integer: `-9223372036854775808`. */
const INT64_CHARS_MAX = 20;
const CANONICAL = /^(?:0|-?[1-9][0-9]*)$/;
const INT64_MIN = -(2n ** 63n);
const INT64_MAX = 2n ** 63n - 1n;
const ZERO = 48;
const NINE = 57;
const MINUS = 45;

/**
 * A 64-bit signed integer as Redis takes it in an argument: decimal, no plus, no leading zero, no spaces, no
 * `-0`. A `number` when it is safe, a `bigint` beyond 2^53-1, `undefined` when it is not one. Nothing is
 * allocated for the usual, short ones.
 *
 * Source: Redis 7.0 src/util.c, string2ll.
 */
export function parseInt64(bytes: Bytes): number | bigint | undefined {
  const { length } = bytes;
  if (length === 0 || length > INT64_CHARS_MAX) return undefined;
  const isNegative = bytes.charCodeAt(0) === MINUS;
  const start = isNegative ? 1 : 0;
  if (length - start > EXACT_DIGITS) return parseLong(bytes);
  const first = bytes.charCodeAt(start);
  if (first === ZERO) return length === 1 ? 0 : undefined;
  if (length === start) return undefined;
  let value = 0;
  for (let at = start; at < length; at += 1) {
    const code = bytes.charCodeAt(at);
    if (code < ZERO || code > NINE) return undefined;
    value = value * 10 + code - ZERO;
  }
  return isNegative ? -value : value;
}

/** As `parseInt64`, with what is beyond 2^53-1 cut to it: for counts, indexes and durations it means the same. */
export function parseInteger(bytes: Bytes): number | undefined {
  const value = parseInt64(bytes);
  if (typeof value !== "bigint") return value;
  return value > 0n ? Number.MAX_SAFE_INTEGER : Number.MIN_SAFE_INTEGER;
}

function parseLong(bytes: Bytes): number | bigint | undefined {
  if (!CANONICAL.test(bytes)) return undefined;
  const value = BigInt(bytes);
  if (value < INT64_MIN || value > INT64_MAX) return undefined;
  const asNumber = Number(value);
  return Number.isSafeInteger(asNumber) ? asNumber : value;
}
