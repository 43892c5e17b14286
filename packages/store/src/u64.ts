/**
 * An unsigned 64-bit number in canonical form: a JS `number` up to 2^53-1, a `bigint` above. Mixed `<` and
 * `>` compare right in JavaScript, and with the form canonical `===` does too, so the everyday case runs on
 * plain numbers while stream ids keep their full 64+64 bits. `u64` and `nextU64` are the only makers.
 */
export type U64 = number | bigint;

export const U64_MAX = 2n ** 64n - 1n;

/** The canonical form. The value must be in 0..2^64-1. */
export function u64(value: bigint): U64 {
  return value <= Number.MAX_SAFE_INTEGER ? Number(value) : value;
}

/** `undefined` after the last one. */
export function nextU64(value: U64): U64 | undefined {
  if (typeof value === "number" && value < Number.MAX_SAFE_INTEGER) return value + 1;
  const next = BigInt(value) + 1n;
  return next > U64_MAX ? undefined : next;
}

/** `undefined` before 0. */
export function previousU64(value: U64): U64 | undefined {
  if (typeof value === "number") return value === 0 ? undefined : value - 1;
  return u64(value - 1n);
}
