import { lower, type Bytes } from "./bytes.ts";

/** Options of SORT that take arguments, and how many: a key named `store` behind one of them is no option. */
const ARGUMENTS_OF = new Map<string, number>([
  ["limit", 2],
  ["get", 1],
  ["by", 1],
]);

/**
 * Where the destination of `SORT key … STORE destination` is; 0 when there is none. The last STORE counts, as it
 * does for SORT itself. Source: Redis 7.0 src/db.c, sortGetKeys.
 */
export function sortStoreIndex(argv: readonly Bytes[]): number {
  let found = 0;
  for (let index = 2; index < argv.length - 1; index += 1) {
    const option: string = lower(argv[index] as Bytes); // below length
    if (option === "store") found = index + 1;
    index += ARGUMENTS_OF.get(option) ?? 0;
  }
  return found;
}
