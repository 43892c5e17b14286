import { outOfOrder } from "./check-order.ts";
import { describe, type Findings } from "./findings.ts";
import { untoldExecutionsMax, type Entry } from "./journal.ts";

/**
 * A counter from 0: every acknowledged INCR has a number of its own, none is missing in the end, and numbers and
 * reads follow each other as their requests did in time.
 */
export function checkCounter(
  findings: Findings,
  key: string,
  entries: readonly Entry[],
  value: number,
): void {
  const counts = entries.filter(({ kind }) => kind === "count");
  const told = counts.filter(({ outcome }) => outcome === "acknowledged");
  const untold = untoldExecutionsMax(counts);
  const numbers = new Set<number>();
  let highest = 0;
  for (const entry of told) {
    const number = Number(entry.answer);
    if (numbers.has(number)) findings.add("given twice", key, describe(entry));
    numbers.add(number);
    highest = Math.max(highest, number);
  }
  // A number that was given twice is an increment that was forgotten in between, and counted again.
  const lost = Math.max(told.length - numbers.size, told.length - value, highest - value, 0);
  findings.add("lost", key, `${told.length} counted, up to ${highest}; it is ${value}`, lost);
  const surplus = value - told.length - untold;
  findings.add("duplicated", key, `${told.length} counted, ${untold} maybe, ${value}`, surplus);
  const looks = entries.filter(
    ({ kind, outcome }) => kind === "look" && outcome === "acknowledged",
  );
  const ranked = [
    ...told.map((entry) => ({ entry, rank: 2 * Number(entry.answer) })),
    ...looks.map((entry) => ({ entry, rank: 2 * Number(entry.answer) + 1 })),
  ];
  for (const [ended, later] of outOfOrder(ranked)) {
    findings.add("stale", key, `${describe(later)} did not see ${describe(ended)}`);
  }
}
