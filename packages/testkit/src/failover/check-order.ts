import type { Entry } from "./journal.ts";

/** A request that took effect at some time between sending and answer, behind all of lower rank. */
export interface Ranked {
  readonly entry: Entry;
  readonly rank: number;
}

/**
 * Is there a time within each request's interval such that times follow ranks? There is unless a request had ended
 * before one of lower rank was sent; these are returned with it. Cost: O(n log n).
 */
export function outOfOrder(
  ranked: readonly Ranked[],
): (readonly [ended: Entry, sentLater: Entry])[] {
  const found: (readonly [Entry, Entry])[] = [];
  let latest: Entry | undefined;
  let ofThisRank: Entry | undefined;
  let rank = -1;
  for (const { entry, rank: next } of ranked.toSorted((left, right) => left.rank - right.rank)) {
    if (next !== rank) {
      latest = laterSent(latest, ofThisRank);
      ofThisRank = undefined;
      rank = next;
    }
    if (latest !== undefined && entry.endedMs < latest.sentMs) found.push([entry, latest]);
    ofThisRank = laterSent(ofThisRank, entry);
  }
  return found;
}

function laterSent(left: Entry | undefined, right: Entry | undefined): Entry | undefined {
  if (left === undefined || right === undefined) return left ?? right;
  return right.sentMs > left.sentMs ? right : left;
}
