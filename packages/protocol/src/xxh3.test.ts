import { expect, test } from "vitest";
import { ascii, fromBuffer, type Bytes } from "./bytes.ts";
import { xxh3 } from "./xxh3.ts";

/** The data of xxHash's own sanity check (cli/xsum_sanity_check.c, XSUM_fillTestBuffer). */
function sanityData(length: number): Bytes {
  const bytes = Buffer.alloc(length);
  let state = 2_654_435_761n;
  for (let index = 0; index < length; index += 1) {
    bytes[index] = Number(state >> 56n);
    state = BigInt.asUintN(64, state * 11_400_714_785_074_694_797n);
  }
  return fromBuffer(bytes);
}

// Published: XSUM_XXH3_testdata of the same file, without a seed; each length takes another way through the code.
test.each([
  [0, "2d06800538d394c2"],
  [1, "c44bdff4074eecdb"],
  [6, "27b56a84cd2d7325"],
  [12, "a713daf0dfbb77e7"],
  [24, "a3fe70bf9d3510eb"],
  [48, "397da259ecba1f11"],
  [80, "bcdefbbb2c47c90a"],
  [195, "cd94217ee362ec3a"],
  [403, "cdeb804d65c6dea4"],
  [512, "617e49599013cb6b"],
  [2048, "dd59e2c3a5f038e0"],
  [2240, "6e73a90539cf2948"],
  [2367, "cb37aeb9e5d361ed"],
])("%i bytes of the sanity check hash to %s", (length, hash) => {
  expect(xxh3(sanityData(length)).toString(16).padStart(16, "0")).toBe(hash);
});

// From libxxhash 0.8.1: the borders between the ways, and bytes above 127 in the long one.
test.each([
  ["a", "e6c632b61e964e1f"],
  ["hello", "9555e8555c62dcfd"],
  ["\xfe".repeat(3), "25a33f13161ffb1c"],
  ["\xfe".repeat(4), "451803f27576e8ca"],
  ["\xfe".repeat(8), "c3e07586a15d0c95"],
  ["\xfe".repeat(9), "fad1c646dfd632f6"],
  ["\xfe".repeat(16), "93a7ff179933a0d6"],
  ["\xfe".repeat(17), "5b27c09e828d9903"],
  ["\xfe".repeat(128), "c5a877b23d0c3135"],
  ["\xfe".repeat(129), "4f8cd06b86e008b5"],
  ["\xfe".repeat(240), "3940a64598453db5"],
  ["\xfe".repeat(241), "7b9db9ba1ba135f9"],
  ["\xfe".repeat(1024), "ba55a6d902b56d3b"],
  ["\xfe".repeat(1025), "46a1bd21c11b3d2d"],
  ["\xfe".repeat(1088), "b53d664695bec4de"],
  ["\xfe".repeat(1089), "7d3190957fd69bda"],
])("%# hashes as the reference does", (text, hash) => {
  expect(xxh3(ascii(text)).toString(16).padStart(16, "0")).toBe(hash);
});
