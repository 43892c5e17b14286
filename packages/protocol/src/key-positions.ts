import { lower, type Bytes } from "./bytes.ts";
import type { CommandSpec, KeyFlag, KeySpec } from "./command-spec.ts";
import { sortStoreIndex } from "./sort-store-index.ts";

/** One argument that is a key (or a shard channel, where asked for) and what the command does with it. */
export interface KeyReference {
  readonly position: number;
  readonly flags: readonly KeyFlag[];
}

export interface KeySearch {
  /** Also give the arguments that route like keys and are none. */
  readonly withShardChannels?: boolean;
}

/**
 * The keys of a request by the key specs of its row, in argument order, repeated ones repeated. `undefined`:
 * the arguments contradict the specs, which is a syntax error. Arity is the caller's to check.
 *
 * Source: Redis 7.0 src/db.c, getKeysUsingKeySpecs. Its fallback for contradictions (xreadGetKeys and the
 * like) finds no keys either, for the rows we have. Allocates: dispatch uses `keyAccess`.
 */
export function keyReferences(
  spec: CommandSpec,
  argv: readonly Bytes[],
  search: KeySearch = {},
): KeyReference[] | undefined {
  const found: KeyReference[] = [];
  for (const keySpec of spec.keySpecs) {
    if (keySpec.flags.includes("not_key") && search.withShardChannels !== true) continue;
    const { find } = keySpec;
    if (find.type === "unknown") {
      const position = find.rule === undefined ? 0 : sortStoreIndex(argv);
      if (position > 0) found.push({ position, flags: keySpec.flags });
      continue;
    }
    const begin = beginOf(keySpec, argv);
    if (begin === undefined) continue; // an optional keyword that is not there
    const range = rangeFrom(find, begin, argv);
    if (range === undefined || keySpec.flags.includes("incomplete")) return undefined;
    for (let position = range.first; position <= range.last; position += range.step) {
      found.push({ position, flags: keySpec.flags });
    }
  }
  return found;
}

/** As `keyReferences`, the positions only. */
export function keyPositions(
  spec: CommandSpec,
  argv: readonly Bytes[],
  search: KeySearch = {},
): number[] | undefined {
  return keyReferences(spec, argv, search)?.map(({ position }) => position);
}

/** Whether COMMAND GETKEYS can say anything about the command: shard channels are not keys. */
export function mayHaveKeys(spec: CommandSpec): boolean {
  return spec.keySpecs.some(({ flags }) => !flags.includes("not_key"));
}

/** Where the search begins. `undefined`: the keyword is missing. */
function beginOf({ begin }: KeySpec, argv: readonly Bytes[]): number | undefined {
  if (begin.type === "unknown") return undefined;
  if (begin.type === "index") return begin.index;
  const after = indexAfterKeyword(begin.keyword, begin.startFrom, argv);
  return after === 0 ? undefined : after;
}

/**
 * The position after `keyword`, or 0. The last argument is never the keyword, since a key has to follow, and
 * neither is the name when looking backwards.
 */
function indexAfterKeyword(keyword: string, startFrom: number, argv: readonly Bytes[]): number {
  const forward = startFrom > 0;
  const end = forward ? argv.length - 1 : 1;
  const step = forward ? 1 : -1;
  for (
    let index = forward ? startFrom : argv.length + startFrom;
    forward ? index < end : index > end;
    index += step
  ) {
    const word = argv[index];
    if (word?.length === keyword.length && lower(word) === keyword.toLowerCase()) return index + 1;
  }
  return 0;
}

interface Range {
  readonly first: number;
  readonly last: number;
  readonly step: number;
}

/** `undefined`: it would leave the arguments, or a count is no count. */
function rangeFrom(
  find: Exclude<KeySpec["find"], { readonly type: "unknown" }>,
  begin: number,
  argv: readonly Bytes[],
): Range | undefined {
  const step = find.keyStep;
  let first = begin;
  let last: number;
  if (find.type === "keynum") {
    const count = keyCount(argv[begin + find.keyNumIndex]);
    if (count === undefined) return undefined;
    first += find.firstKey;
    last = first + (count - 1) * step;
  } else if (find.lastKey >= 0) {
    last = begin + find.lastKey;
  } else if (find.limit > 1) {
    last = begin + Math.floor((argv.length - begin) / find.limit) + find.lastKey;
  } else {
    last = argv.length + find.lastKey;
  }
  const inside = first <= last && last < argv.length;
  return inside ? { first, last, step } : undefined;
}

/** `undefined`: not a count. Longer ones than this many digits cannot be met by any request (REQUEST_ARGUMENTS_MAX). */
const KEY_COUNT = /^\d{1,9}$/;

export function keyCount(argument: Bytes | undefined): number | undefined {
  return argument !== undefined && KEY_COUNT.test(argument) ? Number(argument) : undefined;
}
