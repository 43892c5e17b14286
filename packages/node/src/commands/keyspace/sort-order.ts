import { CommandError, compareBytes, type Bytes } from "@slotcast/protocol";
import { scoreOf } from "./sort-score.ts";

const NOT_A_DOUBLE = new CommandError("ERR", "One or more scores can't be converted into double");

/** An element and what it is compared by: itself, or what BY names; `undefined`: that key is missing. */
export interface Sortable {
  readonly element: Bytes;
  readonly by: Bytes | undefined;
}

/** 1 upwards, -1 downwards. Not the other way round afterwards: equal ones stay as they came. */
export type SortDirection = 1 | -1;

/**
 * By number, and equal ones by their bytes. A missing key counts as 0. Throws when something is no number.
 * Source: Redis 7.0 src/sort.c, sortCompare, as the one below.
 */
export function sortByNumber(sortables: readonly Sortable[], direction: SortDirection): Bytes[] {
  return sortables
    .map(({ element, by }) => {
      const score = by === undefined ? 0 : scoreOf(by);
      if (score === undefined) throw NOT_A_DOUBLE;
      return { element, score };
    })
    .sort((a, b) => {
      // Not `a - b`: that is no number for two infinities.
      const order = a.score < b.score ? -1 : a.score > b.score ? 1 : 0;
      return direction * (order === 0 ? compareBytes(a.element, b.element) : order);
    })
    .map(({ element }) => element);
}

/** By bytes, whatever the locale (docs/divergence.md); those with a missing key come first. */
export function sortByText(sortables: readonly Sortable[], direction: SortDirection): Bytes[] {
  return sortables
    .toSorted((a, b) => {
      if (a.by !== undefined && b.by !== undefined) return direction * compareBytes(a.by, b.by);
      return direction * (Number(a.by !== undefined) - Number(b.by !== undefined));
    })
    .map(({ element }) => element);
}
