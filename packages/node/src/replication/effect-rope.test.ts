import { ascii } from "@slotcast/protocol";
import { expect, test } from "vitest";
import { EffectRope } from "./effect-rope.ts";

/** Of a chunk, cut into as many parts as there are letters. */
function spansOf(text: string): { text: string; from: number; to: number }[] {
  return Array.from(text, (_, at) => ({ text, from: at, to: at + 1 }));
}

test("is what was added, in order, however it came", () => {
  const rope = new EffectRope();
  rope.add(ascii("a"));
  for (const span of spansOf("bcd")) rope.add(span);
  // Another chunk with the same bytes, a part left out, and one that goes on where another chunk ended.
  for (const span of spansOf("bcd").slice(1)) rope.add(span);
  rope.add({ text: "xyz-more", from: 3, to: 8 });
  expect(rope.length).toBe(11);
  rope.add(ascii("e"));
  rope.add(ascii("f"));
  expect(rope.take()).toBe("abcdcd-moreef");
  expect(rope.length).toBe(0);
  expect(rope.take()).toBe("");
});

test("parts of a chunk that do not follow one another stay apart", () => {
  const rope = new EffectRope();
  const [first, second, third] = spansOf("123");
  if (first === undefined || second === undefined || third === undefined) throw new Error("three");
  for (const span of [first, third, second, third, first]) rope.add(span);
  expect(rope.take()).toBe("13231");
});

test("nothing of what was taken is left for what comes next", () => {
  const rope = new EffectRope();
  for (const span of spansOf("ab")) rope.add(span);
  expect(rope.take()).toBe("ab");
  rope.add({ text: "abc", from: 2, to: 3 });
  rope.add({ text: "0123", from: 0, to: 1 });
  expect(rope.take()).toBe("c0");
});
