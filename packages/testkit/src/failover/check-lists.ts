import { checkCopies, placesOf, resentCopies } from "./check-copies.ts";
import { outOfOrder } from "./check-order.ts";
import type { QueueContents } from "./contents.ts";
import { describe, type Findings } from "./findings.ts";
import type { Entry } from "./journal.ts";

/** A list that only grows: each acknowledgement said at which position its value is. Returns the copies re-sent. */
export function checkList(
  findings: Findings,
  key: string,
  entries: readonly Entry[],
  list: readonly string[],
): number {
  const places = placesOf(list);
  checkCopies(findings, key, entries, places);
  const told = entries.filter(({ outcome }) => outcome === "acknowledged");
  for (const entry of told) {
    if (!places.has(entry.value) || list[Number(entry.answer) - 1] === entry.value) continue;
    findings.add("reordered", key, `at ${places.get(entry.value)?.join()}: ${describe(entry)}`);
  }
  const ranked = told.map((entry) => ({ entry, rank: Number(entry.answer) }));
  reportOrder(findings, key, ranked);
  return resentCopies(entries, places);
}

/** What was pushed is waiting or taken, and in this order. Returns the copies re-sent. */
export function checkQueue(
  findings: Findings,
  key: string,
  entries: readonly Entry[],
  { waiting, taken }: QueueContents,
): number {
  const pushes = entries.filter(({ kind }) => kind === "enqueue");
  const places = placesOf([...taken, ...waiting]);
  checkCopies(findings, key, pushes, places);
  // A value with copies has several places, and no acknowledgement says which one is its own.
  const single = pushes.flatMap((entry) => {
    const [place, ...more] = places.get(entry.value) ?? [];
    const isSure = entry.outcome === "acknowledged" && place !== undefined && more.length === 0;
    return isSure ? [{ entry, rank: place }] : [];
  });
  reportOrder(findings, key, single);
  checkMoves(findings, key, entries, taken);
  return resentCopies(pushes, places);
}

function checkMoves(
  findings: Findings,
  key: string,
  entries: readonly Entry[],
  taken: readonly string[],
): void {
  const places = placesOf(taken);
  const toldCounts = new Map<string, number>();
  for (const entry of entries) {
    if (entry.kind !== "move" || entry.outcome !== "acknowledged" || entry.answer === null)
      continue;
    const value = String(entry.answer);
    const told = (toldCounts.get(value) ?? 0) + 1;
    toldCounts.set(value, told);
    if (told > (places.get(value)?.length ?? 0)) findings.add("lost", key, describe(entry));
  }
}

function reportOrder(
  findings: Findings,
  key: string,
  ranked: readonly { readonly entry: Entry; readonly rank: number }[],
): void {
  for (const [ended, later] of outOfOrder(ranked)) {
    findings.add("reordered", key, `${describe(ended)} stands behind ${describe(later)}`);
  }
}
