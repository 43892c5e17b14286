import { CommandError, lower, NOT_AN_INTEGER, SYNTAX_ERROR, type Bytes } from "@slotcast/protocol";
import { parseInteger } from "../parse-integer.ts";

const BY_DENIED = new CommandError("ERR", "BY option of SORT denied in Cluster mode.");
const GET_DENIED = new CommandError("ERR", "GET option of SORT denied in Cluster mode.");

export interface SortOptions {
  readonly isDescending: boolean;
  /** Compares as text, not as numbers. */
  readonly isAlpha: boolean;
  /** The elements to give, counted from 0; `count` negative: all that follow. */
  readonly limit: { readonly start: number; readonly count: number };
  /** A BY without a `*` names no keys, and then nothing is sorted, whatever another BY names. */
  readonly isSorted: boolean;
  /** Names the keys that hold what is compared. */
  readonly by: Bytes | undefined;
  /** What to give for each element instead of itself; `#` is the element. */
  readonly get: readonly Bytes[];
  readonly store: Bytes | undefined;
}

/**
 * What follows the key of SORT; `isReadOnly`: of SORT_RO, which knows no STORE. Later words undo earlier ones of
 * their kind, but for GET. Source: Redis 7.0 src/sort.c, sortCommandGeneric.
 */
export function parseSortOptions(
  argv: readonly Bytes[],
  { isReadOnly, isCluster }: { readonly isReadOnly: boolean; readonly isCluster: boolean },
): SortOptions {
  let isDescending = false;
  let isAlpha = false;
  let isSorted = true;
  let limit = { start: 0, count: -1 };
  let by: Bytes | undefined;
  let store: Bytes | undefined;
  const get: Bytes[] = [];
  for (let index = 2; index < argv.length; index += 1) {
    const word: string = lower(argv[index] as Bytes); // below length
    const next = argv[index + 1];
    const second = argv[index + 2];
    if (word === "asc") {
      isDescending = false;
    } else if (word === "desc") {
      isDescending = true;
    } else if (word === "alpha") {
      isAlpha = true;
    } else if (word === "limit" && next !== undefined && second !== undefined) {
      limit = { start: parsePlace(next), count: parsePlace(second) };
      index += 2;
    } else if (word === "store" && next !== undefined && !isReadOnly) {
      store = next;
      index += 1;
    } else if (word === "by" && next !== undefined) {
      const isPattern = next.includes("*");
      if (isPattern && isCluster) throw BY_DENIED;
      isSorted &&= isPattern;
      by = next;
      index += 1;
    } else if (word === "get" && next !== undefined) {
      if (isCluster) throw GET_DENIED;
      get.push(next);
      index += 1;
    } else {
      throw SYNTAX_ERROR;
    }
  }
  return { isDescending, isAlpha, limit, isSorted, by, get, store };
}

function parsePlace(text: Bytes): number {
  const place = parseInteger(text);
  if (place === undefined) throw NOT_AN_INTEGER;
  return place;
}
