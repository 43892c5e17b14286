import { CommandError, lower, NOT_AN_INTEGER, SYNTAX_ERROR, type Bytes } from "@slotcast/protocol";
import type { List } from "@slotcast/store";
import type { CommandContext } from "../handler.ts";
import { parseInt64, parseInteger } from "../parse-integer.ts";

const RANK_IS_ZERO = new CommandError(
  "ERR",
  "RANK can't be zero: use 1 to start from the first match, 2 from the second ... or use negative to start from the end of the list",
);
const RANK_OUT_OF_RANGE = new CommandError(
  "ERR",
  "value is out of range, value must between -9223372036854775807 and 9223372036854775807",
);
const COUNT_IS_NEGATIVE = new CommandError("ERR", "COUNT can't be negative");
const MAXLEN_IS_NEGATIVE = new CommandError("ERR", "MAXLEN can't be negative");
const INT64_MIN = -(2n ** 63n);

interface Options {
  /** The first match to tell of, counted from 1; negative: from the tail. */
  readonly rank: number;
  /** How many; 0: all. `undefined`: one, and not as an array. */
  readonly count: number | undefined;
  /** How many elements to look at; 0: all. */
  readonly lookAtMax: number;
}

/**
 * LPOS key element [RANK rank] [COUNT count] [MAXLEN len]
 *
 * Reply: the index of the match, or null; with COUNT an array of indexes, in the order of the search.
 */
export function lpos(context: CommandContext, argv: readonly Bytes[]): void {
  const { reply } = context;
  const [, key, element] = argv as readonly [Bytes, Bytes, Bytes]; // arity
  const options = parseOptions(argv);
  const list = context.keys.readList(key, context.nowMs);
  const indexes = list === undefined ? [] : indexesOf(list, element, options);
  if (options.count === undefined) {
    const [index] = indexes;
    if (index === undefined) reply.nullBulk();
    else reply.integer(index);
    return;
  }
  reply.array(indexes.length);
  for (const index of indexes) reply.integer(index);
}

function parseOptions(argv: readonly Bytes[]): Options {
  let rank = 1;
  let count: number | undefined;
  let lookAtMax = 0;
  for (let at = 3; at < argv.length; at += 2) {
    const word = lower(argv[at] as Bytes); // below length
    const value = argv[at + 1];
    if (value === undefined) throw SYNTAX_ERROR;
    if (word === "rank") rank = parseRank(value);
    else if (word === "count") count = parseNotNegative(value, COUNT_IS_NEGATIVE);
    else if (word === "maxlen") lookAtMax = parseNotNegative(value, MAXLEN_IS_NEGATIVE);
    else throw SYNTAX_ERROR;
  }
  return { rank, count, lookAtMax };
}

/** The most negative integer has no opposite: Redis 7.0 searches as if it were -1 or so, 7.2 refuses it. */
function parseRank(text: Bytes): number {
  if (parseInt64(text) === INT64_MIN) throw RANK_OUT_OF_RANGE;
  const rank = parseInteger(text);
  if (rank === undefined) throw NOT_AN_INTEGER;
  if (rank === 0) throw RANK_IS_ZERO;
  return rank;
}

function parseNotNegative(text: Bytes, error: CommandError): number {
  const value = parseInteger(text);
  if (value === undefined || value < 0) throw error;
  return value;
}

function indexesOf(list: List, element: Bytes, { rank, count = 1, lookAtMax }: Options): number[] {
  const { length } = list;
  const lookAt = lookAtMax === 0 ? length : Math.min(lookAtMax, length);
  const range =
    rank > 0
      ? ({ start: 0, stop: lookAt - 1, from: "head" } as const)
      : ({ start: length - lookAt, stop: length - 1, from: "tail" } as const);
  const indexes: number[] = [];
  let toSkip = Math.abs(rank) - 1;
  list.find(element, range, (index) => {
    if (toSkip > 0) toSkip -= 1;
    else indexes.push(index);
    return indexes.length !== count || count === 0;
  });
  return indexes;
}
