import { ascii, fromBuffer, slice } from "@slotcast/protocol";
import { expect, test } from "vitest";
import { halfSipHash } from "./half-sip-hash.ts";

/** The key and what the hash gives for the bytes 0, 1, 2 … up to each length: Linux lib/test_siphash.c. */
const SEED = { low: 0x03020100, high: 0x07060504 };
const OF_LENGTH = [
  0x5814c896, 0xe7e864ca, 0xbc4b0e30, 0x01539939, 0x7e059ea6, 0x88e3d89b, 0xa0080b65,
];
const counting = fromBuffer(Buffer.from(Array.from({ length: 256 }, (_, byte) => byte)));

test("the hash is HalfSipHash-1-3", () => {
  expect(OF_LENGTH.map((_, length) => halfSipHash(slice(counting, 0, length), SEED))).toEqual(
    OF_LENGTH,
  );
});

test("another seed gives other hashes, in each of its halves", () => {
  const hash = halfSipHash(counting, SEED);
  expect(halfSipHash(counting, { ...SEED, low: SEED.low + 1 })).not.toBe(hash);
  expect(halfSipHash(counting, { ...SEED, high: SEED.high + 1 })).not.toBe(hash);
});

test("all 32 bits of the hash depend on the text", () => {
  let ones = 0;
  let zeros = 0;
  for (let index = 0; index < 64; index += 1) {
    const hash = halfSipHash(ascii(`member:${index}`), SEED);
    ones |= hash;
    zeros |= ~hash;
  }
  expect(ones >>> 0).toBe(2 ** 32 - 1);
  expect(zeros >>> 0).toBe(2 ** 32 - 1);
});
