import { ascii } from "@slotcast/protocol";
import { expect, test } from "vitest";
import { KeyHash } from "./key-hash.ts";

const hash = new KeyHash({ low: 1, high: 2 });
const KEYS = 100_000;

test("another seed makes other hashes, of short keys and long ones", () => {
  const other = new KeyHash({ low: 1, high: 3 });
  for (const key of ["a", "a key", "x".repeat(32), "x".repeat(33), "x".repeat(1000)].map(ascii)) {
    expect(other.of(key)).not.toBe(hash.of(key));
    expect(new KeyHash({ low: 1, high: 2 }).of(key)).toBe(hash.of(key));
  }
});

test("order, length and zeros count", () => {
  const keys = ["", "\0", "\0\0", "ab", "ba", "ab\0", "a".repeat(32), "a".repeat(33), "\xff"];
  expect(new Set(keys.map((key) => hash.of(ascii(key)))).size).toBe(keys.length);
});

test.each([
  ["the last bits, which choose a word", (value: number) => value & 0xfff],
  ["the first bits, which choose a page", (value: number) => value >>> 20],
])("keys that count up are spread evenly by %s", (_, bitsOf) => {
  const counts = new Uint32Array(4096);
  for (let index = 0; index < KEYS; index += 1) {
    const at = bitsOf(hash.of(ascii(`counter:${String(index).padStart(12, "0")}`)));
    counts[at] = (counts[at] ?? 0) + 1;
  }
  // 24 on average: random ones do not reach the double of it once in a million times.
  expect(Math.max(...counts)).toBeLessThan(60);
  expect(Math.min(...counts)).toBeGreaterThan(2);
});
