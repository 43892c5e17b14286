import { NOT_AN_INTEGER, type Bytes } from "@slotcast/protocol";
import { parseInt64 } from "../parse-integer.ts";

/** Seconds or milliseconds, from now or since 1970: the words of SET. */
export type ExpiryUnit = "ex" | "px" | "exat" | "pxat";

const INT64_MAX = 2n ** 63n - 1n;
const INT64_MIN = -(2n ** 63n);

export interface Expiry {
  /** As it was given. */
  readonly amount: number | bigint;
  /** Unix time in milliseconds; `undefined`: beyond 64 bits. */
  readonly atMs: number | undefined;
}

/**
 * Redis refuses times beyond 2^63-1 ms, and so do we; what is beyond 2^53-1 ms, the year 287396, is taken for that
 * moment (docs/divergence.md).
 * Source: Redis 7.0 src/expire.c, expireGenericCommand. Throws when it is no integer.
 */
export function parseExpiry(
  text: Bytes,
  { unit, nowMs }: { readonly unit: ExpiryUnit; readonly nowMs: number },
): Expiry {
  const amount = parseInt64(text);
  if (amount === undefined) throw NOT_AN_INTEGER;
  const factor = unit === "ex" || unit === "exat" ? 1000 : 1;
  const startMs = unit === "ex" || unit === "px" ? nowMs : 0;
  if (typeof amount === "number") {
    const quickMs = amount * factor + startMs;
    if (Number.isSafeInteger(quickMs)) return { amount, atMs: quickMs };
  }
  const amountMs = BigInt(amount) * BigInt(factor);
  const exactMs = amountMs + BigInt(startMs);
  if (amountMs < INT64_MIN || exactMs > INT64_MAX) return { amount, atMs: undefined };
  const atMs = Math.min(Number(exactMs), Number.MAX_SAFE_INTEGER);
  return { amount, atMs: Math.max(atMs, Number.MIN_SAFE_INTEGER) };
}
