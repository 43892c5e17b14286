import {
  CommandError,
  globMatches,
  lower,
  NOT_AN_INTEGER,
  SYNTAX_ERROR,
  type Bytes,
} from "@slotcast/protocol";
import { parseInteger } from "./parse-integer.ts";

const INVALID_CURSOR = new CommandError("ERR", "invalid cursor");
const COUNT_DEFAULT = 10;
const U64_MAX = 2n ** 64n - 1n;
/** What strtoul takes for a number, as long as it does not begin with a space; nothing is 0. */
const CURSOR = /^[+-]?[0-9]+$|^$/;
/** Beyond every cursor that was ever given out. */
const PAST_THE_END = Number.MAX_SAFE_INTEGER;

export interface ScanOptions {
  /** `undefined`: all match. */
  readonly pattern: Bytes | undefined;
  readonly countMax: number;
  /** In lower case. */
  readonly type: Bytes | undefined;
}

/**
 * Any unsigned 64-bit number is a cursor. Ours are below 2^53: a greater one is beyond the end, like a negative one,
 * which wraps around. Source: Redis 7.0 src/db.c, parseScanCursorOrReply.
 */
export function parseScanCursor(text: Bytes): number {
  if (!CURSOR.test(text)) throw INVALID_CURSOR;
  const isNegative = text.startsWith("-");
  const magnitude = BigInt(text.replace(/^[+-]/, ""));
  if (magnitude > U64_MAX) throw INVALID_CURSOR;
  const cursor = isNegative ? BigInt.asUintN(64, -magnitude) : magnitude;
  return cursor < PAST_THE_END ? Number(cursor) : PAST_THE_END;
}

/** [MATCH pattern] [COUNT count] [TYPE type], the last of each. Source: Redis 7.0 src/db.c, scanGenericCommand. */
export function parseScanOptions(
  argv: readonly Bytes[],
  { from, withType }: { readonly from: number; readonly withType: boolean },
): ScanOptions {
  let pattern: Bytes | undefined;
  let type: Bytes | undefined;
  let countMax = COUNT_DEFAULT;
  for (let index = from; index < argv.length; index += 2) {
    const word: string = lower(argv[index] as Bytes); // below length
    const value = argv[index + 1];
    if (value === undefined) throw SYNTAX_ERROR;
    if (word === "count") {
      const count = parseInteger(value);
      if (count === undefined) throw NOT_AN_INTEGER;
      if (count < 1) throw SYNTAX_ERROR;
      countMax = count;
    } else if (word === "match") {
      pattern = value === "*" ? undefined : value;
    } else if (word === "type" && withType) {
      type = lower(value);
    } else {
      throw SYNTAX_ERROR;
    }
  }
  return { pattern, countMax, type };
}

/** Whether the element matches the pattern. */
export function matchesPattern({ pattern }: ScanOptions, element: Bytes): boolean {
  return pattern === undefined || globMatches(pattern, element);
}
