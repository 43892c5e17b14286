/** A name with more typing errors than this share of its length is another word. */
const ERRORS_SHARE_MAX = 0.4;

/** The candidate that `typed` was probably meant to be; `undefined` when none is close. */
export function nearestName(typed: string, candidates: readonly string[]): string | undefined {
  const [best] = candidates
    .map((name) => ({ name, errors: editDistance(typed, name) }))
    .toSorted((a, b) => a.errors - b.errors);
  return best !== undefined && best.errors <= best.name.length * ERRORS_SHARE_MAX
    ? best.name
    : undefined;
}

/** Levenshtein: insertions, deletions and replacements that turn `from` into `to`. */
function editDistance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (let i = 1; i <= from.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= to.length; j += 1) {
      const replaced = (row[j - 1] ?? 0) + (from[i - 1] === to[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[to.length] ?? 0;
}
