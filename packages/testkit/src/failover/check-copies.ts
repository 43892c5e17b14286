import { describe, type Findings } from "./findings.ts";
import { untoldOf, type Entry } from "./journal.ts";

/** Where each value is, of what is there in the end. */
export type Places = ReadonlyMap<string, readonly number[]>;

export function placesOf(values: readonly string[]): Places {
  const places = new Map<string, number[]>();
  for (const [place, value] of values.entries()) {
    const known = places.get(value);
    if (known === undefined) places.set(value, [place]);
    else known.push(place);
  }
  return places;
}

/**
 * Every write of a unique value is there as often as its client has to expect: once when it was acknowledged, and
 * once more at most for each time that the client library sent it and got no answer.
 */
export function checkCopies(
  findings: Findings,
  key: string,
  writes: readonly Entry[],
  places: Places,
): void {
  const known = new Set<string>();
  for (const entry of writes) {
    known.add(entry.value);
    const copies = places.get(entry.value)?.length ?? 0;
    const told = entry.outcome === "acknowledged" ? 1 : 0;
    if (copies < told) findings.add("lost", key, describe(entry));
    const surplus = copies - told - untoldOf(entry);
    const sort = entry.outcome === "refused" ? "refused" : "duplicated";
    findings.add(sort, key, `${copies} of ${describe(entry)}`, surplus);
  }
  for (const value of places.keys()) if (!known.has(value)) findings.add("foreign", key, value);
}

/** How many of them are there twice because their client sent them twice: allowed, and worth a figure. */
export function resentCopies(writes: readonly Entry[], places: Places): number {
  let count = 0;
  for (const entry of writes) count += Math.max((places.get(entry.value)?.length ?? 0) - 1, 0);
  return count;
}
