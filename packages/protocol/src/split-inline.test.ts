import fc from "fast-check";
import { expect, test } from "vitest";
import { ascii } from "./bytes.ts";
import { splitInline } from "./split-inline.ts";

// Compared with redis-server on random lines by test/oracle/request-parsing.test.ts.
test.each([
  ["", []],
  [" \t\v\f\0 ", []],
  ["PING", ["PING"]],
  ["  SET  k\tv ", ["SET", "k", "v"]],
  ['SET k ""', ["SET", "k", ""]],
  ["SET k ''", ["SET", "k", ""]],
  ['"a b" c', ["a b", "c"]],
  [String.raw`"\x41\x00\xfF\xg1"`, ["A\0\xffxg1"]],
  [String.raw`"\n\r\t\b\a\\\"\q"`, ['\n\r\t\b\x07\\"q']],
  [String.raw`'\n \' "'`, [String.raw`\n ' "`]],
  [String.raw`\n\x41`, [String.raw`\n\x41`]],
  ['pre"quoted"', ["prequoted"]],
  ["a\vb\fc", ["a\vb\fc"]],
  ["\va", ["a"]],
  ['"a"\v"b"', ["a", "b"]],
  ["\x80\xff", ["\x80\xff"]],
])("%j is %j", (line, words) => {
  expect(splitInline(ascii(line))).toEqual(words);
});

test.each([
  '"',
  "'",
  '"a',
  "'a",
  '"a"b',
  "'a'b",
  "\"a\"'b'",
  'a"b',
  String.raw`"a\"`,
  String.raw`'a\'`,
])("%j has a quote that is not closed, or not at the end of a word", (line) => {
  expect(splitInline(ascii(line))).toBe(undefined);
});

test("any bytes in double quotes with hex escapes come out as they went in", () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 10 }), { maxLength: 5 }), (drawn) => {
      const words = drawn.map((raw) => Buffer.from(raw));
      const line = words
        .map(
          (word) =>
            `"${Array.from(word, (byte) => `\\x${byte.toString(16).padStart(2, "0")}`).join("")}"`,
        )
        .join(" ");
      expect(splitInline(ascii(line))).toEqual(words.map((word) => word.latin1Slice()));
    }),
  );
});
