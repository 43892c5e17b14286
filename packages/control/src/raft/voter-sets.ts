import assert from "node:assert/strict";
import type { NodeId } from "../facts.ts";

/** Voters, and the entry that named them. */
interface VoterSet {
  readonly index: number;
  readonly voters: readonly NodeId[];
}

/**
 * Who votes, as a log tells it. A set is in force from the moment its entry is appended, committed or not: the newest
 * one counts. When the entry is cut off again, the one before it counts again, hence the list.
 *
 * Shape: ascending by index, never empty; no older than the first kept entry needs. Source: Ongaro's thesis, section 4.1.
 */
export class VoterSets {
  #sets: VoterSet[];

  constructor(index: number, voters: readonly NodeId[]) {
    this.#sets = [{ index, voters }];
  }

  get newest(): VoterSet {
    const newest = this.#sets.at(-1);
    assert(newest !== undefined, "a log without a voter set");
    return newest;
  }

  /** Those in force in a log that ends at `index`. */
  at(index: number): readonly NodeId[] {
    return (this.#sets.findLast((set) => set.index <= index) ?? this.newest).voters;
  }

  add(index: number, voters: readonly NodeId[]): void {
    this.#sets.push({ index, voters });
  }

  /** The entries from `index` on are gone. */
  cutFrom(index: number): void {
    this.#sets = this.#sets.filter((set) => set.index < index);
  }

  /** The entries up to `index` need no answer any more. */
  forgetBefore(index: number): void {
    const first = this.#sets.findLastIndex((set) => set.index <= index);
    this.#sets.splice(0, Math.max(first, 0));
  }
}

/**
 * One member more or one less: then any majority of the one set has a node in common with any majority of the other,
 * and no joint vote is needed. Source: Ongaro's thesis, figure 4.3.
 */
export function differByOne(before: readonly NodeId[], after: readonly NodeId[]): boolean {
  if (after.length === 0 || new Set(after).size !== after.length) return false;
  const added = after.filter((voter) => !before.includes(voter));
  const removed = before.filter((voter) => !after.includes(voter));
  return added.length + removed.length === 1;
}

/** The highest value that a majority has reached; one value for each voter. */
export function reachedByMajority(values: readonly number[]): number {
  const descending = values.toSorted((a, b) => b - a);
  return descending[Math.floor(values.length / 2)] ?? -Infinity;
}
