import { describe, expect, test } from "vitest";
import { bytesOfSpan, withWord } from "./byte-span.ts";
import { ascii } from "./bytes.ts";

function encode(words: readonly string[]): string {
  return `*${words.length}\r\n${words.map((word) => `$${word.length}\r\n${word}\r\n`).join("")}`;
}

/** In the midst of other requests. */
function replaced(words: readonly string[], index: number, word: string): string {
  const [before, after] = [encode(["PING"]), encode(["GET", "key"])];
  const text = before + encode(words) + after;
  const span = { text, from: before.length, to: text.length - after.length };
  expect(bytesOfSpan(span)).toBe(encode(words));
  return withWord(span, words.map(ascii), { index, word: ascii(word) });
}

describe("a request with another word", () => {
  const sizes = [0, 1, 9, 10, 99, 100, 1234];

  test.each(sizes)("in place of one of %i bytes, among words of any length", (size) => {
    const words = ["XADD", "k".repeat(12), "x".repeat(size), "", "f".repeat(100), "\r\n$1\r\n"];
    for (const index of words.keys()) {
      for (const length of sizes) {
        const word = "y".repeat(length);
        expect(replaced(words, index, word)).toBe(encode(words.with(index, word)));
      }
    }
  });

  test("among as many words as there may be digits for", () => {
    for (const count of [1, 9, 10, 11, 99, 100, 101, 1000]) {
      const words = Array.from({ length: count }, (_, at) => `w${at}`);
      expect(replaced(words, count - 1, "last")).toBe(encode(words.with(count - 1, "last")));
    }
  });
});
