import type { Bytes } from "@slotcast/protocol";

/** 64 secret bits: who does not know them cannot make members that collide. Two 32-bit integers. */
export interface HashSeed {
  readonly low: number;
  readonly high: number;
}

/** Rounds after the last word. */
const FINAL_ROUNDS = 3;

/**
 * HalfSipHash-1-3: a keyed hash of any bytes, as an integer of 0..2^32-1. It is made for hash tables that
 * strangers fill, and of 32-bit integers, which is what JavaScript computes fast.
 *
 * Cost: 36 ns for 10 bytes, 2 ns for each further one, mostly for reading the chars (measured, Node 24).
 * Source: github.com/veorq/SipHash, halfsiphash.c; with 1 and 3 rounds as in Linux lib/siphash.c, hsiphash.
 */
export function halfSipHash(text: Bytes, { low, high }: HashSeed): number {
  let v0 = low | 0;
  let v1 = high | 0;
  let v2 = low ^ 0x6c796765;
  let v3 = high ^ 0x74656462;
  const lastAt = text.length & ~3;
  for (let at = 0; at <= lastAt + 4 * FINAL_ROUNDS; at += 4) {
    const word = at < lastAt ? wordAt(text, at) : at === lastAt ? lastWord(text, at) : 0;
    v3 ^= word;
    v0 = (v0 + v1) | 0;
    v1 = ((v1 << 5) | (v1 >>> 27)) ^ v0;
    v0 = (v0 << 16) | (v0 >>> 16);
    v2 = (v2 + v3) | 0;
    v3 = ((v3 << 8) | (v3 >>> 24)) ^ v2;
    v0 = (v0 + v3) | 0;
    v3 = ((v3 << 7) | (v3 >>> 25)) ^ v0;
    v2 = (v2 + v1) | 0;
    v1 = ((v1 << 13) | (v1 >>> 19)) ^ v2;
    v2 = (v2 << 16) | (v2 >>> 16);
    v0 ^= word;
    if (at === lastAt) v2 ^= 0xff;
  }
  return (v1 ^ v3) >>> 0;
}

function wordAt(text: Bytes, at: number): number {
  return (
    text.charCodeAt(at) |
    (text.charCodeAt(at + 1) << 8) |
    (text.charCodeAt(at + 2) << 16) |
    (text.charCodeAt(at + 3) << 24)
  );
}

/** The 0 to 3 bytes that are left, and the length, modulo 256. */
function lastWord(text: Bytes, at: number): number {
  const { length } = text;
  let word = length << 24;
  if (at < length) word |= text.charCodeAt(at);
  if (at + 1 < length) word |= text.charCodeAt(at + 1) << 8;
  if (at + 2 < length) word |= text.charCodeAt(at + 2) << 16;
  return word;
}
