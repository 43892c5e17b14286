/**
 * The name that takes the fewest typing errors (insert, drop, replace, swap two neighbours) to become `text`;
 * the first of several. Cost: text × name per name, for the few hundred names of this program.
 */
export function nearestName(text: string, names: readonly string[]): string | undefined {
  let nearest: string | undefined;
  let leastErrors = Number.POSITIVE_INFINITY;
  for (const name of names) {
    const errors = typingErrors(text, name);
    if (errors < leastErrors) {
      leastErrors = errors;
      nearest = name;
    }
  }
  return nearest;
}

/** Optimal string alignment distance, two rows back. */
function typingErrors(from: string, to: string): number {
  let beforePrevious: number[] = [];
  let previous = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (let row = 1; row <= from.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= to.length; column += 1) {
      const same = from[row - 1] === to[column - 1];
      let least = Math.min(
        (previous[column] ?? 0) + 1,
        (current[column - 1] ?? 0) + 1,
        (previous[column - 1] ?? 0) + (same ? 0 : 1),
      );
      const swapped = from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1];
      if (row > 1 && column > 1 && swapped) {
        least = Math.min(least, (beforePrevious[column - 2] ?? 0) + 1);
      }
      current.push(least);
    }
    beforePrevious = previous;
    previous = current;
  }
  return previous[to.length] ?? from.length;
}
