import { expect, test } from "vitest";
import { evictionBudgetMs } from "./eviction-budget.ts";

test("tenacity sets the time: half a millisecond by default, about two minutes at 99, no end at 100", () => {
  expect(evictionBudgetMs(0)).toBe(0);
  expect(evictionBudgetMs(5)).toBeCloseTo(0.25);
  expect(evictionBudgetMs(10)).toBeCloseTo(0.5);
  expect(evictionBudgetMs(11)).toBeCloseTo(0.575);
  expect(evictionBudgetMs(99)).toBeCloseTo(126_000, -3);
  expect(evictionBudgetMs(100)).toBe(Number.POSITIVE_INFINITY);
});
