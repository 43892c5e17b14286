import { expect, test } from "vitest";
import { decayedFrequency, FREQUENCY_INITIAL, grownFrequency } from "./access-frequency.ts";

const MINUTE_MS = 60_000;

test("a frequency grows at once up to the initial one, then the more rarely the higher it is", () => {
  expect(grownFrequency(0, 0.999, 10)).toBe(1);
  expect(grownFrequency(FREQUENCY_INITIAL, 0.999, 10)).toBe(FREQUENCY_INITIAL + 1);
  // One above the initial: 1 in 11 grows it.
  expect(grownFrequency(6, 0.0908, 10)).toBe(7);
  expect(grownFrequency(6, 0.0911, 10)).toBe(6);
  expect(grownFrequency(105, 0.000_99, 10)).toBe(106);
  expect(grownFrequency(105, 0.001_01, 10)).toBe(105);
  expect(grownFrequency(6, 0.999, 0)).toBe(7);
  expect(grownFrequency(255, 0, 10)).toBe(255);
});

test("it loses one for each decay time without a use, and never falls below 0", () => {
  const account = { frequency: 5, usedAtMs: 10 * MINUTE_MS };
  const after = (minutes: number, decayMinutes: number): number =>
    decayedFrequency(account, { nowMs: (10 + minutes) * MINUTE_MS, decayMinutes });
  expect([0, 1, 3, 9].map((minutes) => after(minutes, 1))).toEqual([5, 4, 2, 0]);
  expect([1, 2, 5].map((minutes) => after(minutes, 2))).toEqual([5, 4, 3]);
  expect(after(1000, 0)).toBe(5);
  expect(after(-3, 1)).toBe(5);
});
