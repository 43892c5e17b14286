import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ascii } from "./bytes.ts";
import { globMatches } from "./glob.ts";

// Compared with redis-server on random patterns by test/oracle/glob.test.ts; these rows were taken from there.
test.each([
  ["*", ["a", "abc", "*"], [""]],
  ["", [""], ["a"]],
  ["news.*", ["news.", "news.art"], ["news", "xnews.a"]],
  ["h?llo", ["hello", "h\xffllo", "h\0llo"], ["hllo", "heello"]],
  ["h*llo", ["hllo", "heeeello"], ["hell"]],
  ["h[ae]llo", ["hello", "hallo"], ["hillo", "h[llo"]],
  ["h[^e]llo", ["hallo", "h^llo"], ["hello", "hllo"]],
  ["h[a-c]llo", ["hallo", "hcllo"], ["hdllo", "h-llo"]],
  ["h[c-a]llo", ["hallo", "hbllo"], ["hdllo"]],
  ["[a-]", ["a", "]", "^"], ["-", "b"]],
  ["[]a]", [], ["]", "a", "]a]"]],
  ["[", [], ["[", "a"]],
  ["[^", ["a", "["], [""]],
  ["[ab", ["a", "b"], ["ab", "c"]],
  ["[\\]]", ["]"], ["\\"]],
  ["\\*", ["*"], ["a", "\\*"]],
  ["\\", ["\\"], ["a"]],
  ["a\\", ["a\\"], ["a"]],
  ["**a**", ["a", "bac"], ["b"]],
  ["*a*b*c", ["abc", "xaxbxc", "abcabc"], ["ab", "abcd"]],
  ["[a\xff-[]", ["a", "[", "\0"], ["b", "\x80"]],
])("%j", (pattern, matching, others) => {
  const matches = (text: string): boolean => globMatches(ascii(pattern), ascii(text));
  expect(matching.filter(matches)).toEqual(matching);
  expect(others.filter(matches)).toEqual([]);
}); // prettier-ignore

describe("whatever the text", () => {
  const text = fc.uint8Array({ maxLength: 20 }).map((raw) => ascii(Buffer.from(raw).latin1Slice()));

  test("an escaped text matches itself", () => {
    fc.assert(
      fc.property(text, (drawn) => {
        const escaped = ascii(drawn.replaceAll(/[^]/g, String.raw`\$&`));
        expect(globMatches(escaped, drawn)).toBe(true);
      }),
    );
  });

  test("a star on either side finds it inside", () => {
    fc.assert(
      fc.property(text, fc.constantFrom("a", "xyz", "\xff"), (around, inner) => {
        expect(globMatches(ascii(`*${inner}*`), ascii(`${around}${inner}${around}`))).toBe(true);
      }),
    );
  });
});

test("a pattern that makes Redis' recursion explode is answered at once", () => {
  const pattern = ascii(`${"*a".repeat(30)}*b`);
  expect(globMatches(pattern, ascii("a".repeat(3000)))).toBe(false);
});
