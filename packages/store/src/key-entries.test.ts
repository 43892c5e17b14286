import { ascii } from "@slotcast/protocol";
import { expect, test } from "vitest";
import { KeyEntries, NO_ENTRY, NUMBERS_UNUSED_MAX } from "./key-entries.ts";

const MANY = 30_000;
const key = ascii("key");

test("numbers are given again, so they stay small however many entries come and go", () => {
  const entries = new KeyEntries();
  const held: number[] = [];
  let greatest = 0;
  for (let step = 0; step < MANY * 10; step += 1) {
    if (held.length === MANY) {
      // From both ends and the middle, so that chunks empty one after the other and in part.
      const at = step % 3 === 0 ? 0 : step % 3 === 1 ? held.length - 1 : held.length >> 1;
      const [entry] = held.splice(at, 1);
      entries.remove(entry ?? NO_ENTRY);
    }
    const added = entries.add(key, step, step);
    greatest = Math.max(greatest, added);
    held.push(added);
  }
  expect(new Set(held).size).toBe(MANY);
  expect(greatest).toBeLessThan(MANY + NUMBERS_UNUSED_MAX);
  for (const entry of held.splice(0)) entries.remove(entry);
  for (let count = 0; count < MANY; count += 1) held.push(entries.add(key, count, count));
  expect(new Set(held).size).toBe(MANY);
  expect(Math.max(...held)).toBeLessThan(MANY + NUMBERS_UNUSED_MAX);
});

test("an entry has what it was given, until it is changed", () => {
  const entries = new KeyEntries();
  const first = entries.add(key, 1, -7);
  const second = entries.add(ascii("other"), ascii("v"), 8);
  entries.link(first, second);
  entries.setValue(first, 2);
  expect([entries.keyAt(first), entries.valueAt(first), entries.hashAt(first)]).toEqual([
    "key",
    2,
    -7,
  ]);
  expect([entries.nextOf(first), entries.previousOf(first)]).toEqual([second, NO_ENTRY]);
  expect([entries.nextOf(second), entries.previousOf(second)]).toEqual([NO_ENTRY, first]);
});
