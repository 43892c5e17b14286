import type { Entry } from "./journal.ts";

/**
 * lost        an acknowledged write is not there
 * duplicated  there more often than its client sent it without an answer: executed twice by the cluster
 * refused     there, though its client was told that it was not executed
 * reordered   there, not where its acknowledgement said, or before what had been acknowledged earlier
 * given twice a counter's number was told to two clients
 * stale       a read did not see what had been acknowledged before it was sent
 * pending     an entry that was delivered and not acknowledged is not pending for its consumer, or one that
 *             was acknowledged still is
 * redelivered a new entry was delivered to two readers of one group
 * foreign     nobody wrote this
 * diverged    a replica holds something else than its primary, long after everything was quiet
 */
export const FINDING_SORTS = [
  "lost",
  "duplicated",
  "refused",
  "reordered",
  "given twice",
  "stale",
  "pending",
  "redelivered",
  "foreign",
  "diverged",
] as const;
export type FindingSort = (typeof FINDING_SORTS)[number];

/** After so many of a sort only their number grows: a broken run has the same to say about every write. */
const TEXTS_KEPT_PER_SORT_MAX = 20;

/** What is wrong, counted by sort. */
export class Findings {
  readonly #counts = new Map<FindingSort, number>();
  readonly #texts: string[] = [];

  get total(): number {
    return [...this.#counts.values()].reduce((sum, count) => sum + count, 0);
  }

  /** The first ones of each sort, in words. */
  get texts(): readonly string[] {
    return this.#texts;
  }

  count(sort: FindingSort): number {
    return this.#counts.get(sort) ?? 0;
  }

  /** By sort; sorts without findings are left out. */
  toRecord(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#counts);
  }

  add(sort: FindingSort, key: string, text: string, count = 1): void {
    if (count <= 0) return;
    const known = this.count(sort);
    this.#counts.set(sort, known + count);
    if (known < TEXTS_KEPT_PER_SORT_MAX) this.#texts.push(`${sort}: ${key}: ${text}`);
  }
}

export function describe({ kind, value, client, sentMs, endedMs, answer, outcome }: Entry): string {
  const told = outcome === "acknowledged" ? `told ${JSON.stringify(answer)}` : outcome;
  return `${kind} ${value} by ${client}, ${sentMs.toFixed(1)}–${endedMs.toFixed(1)} ms, ${told}`;
}
