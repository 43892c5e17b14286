import { EMPTY, NOT_AN_INTEGER, slice, type Bytes } from "@slotcast/protocol";
import type { CommandContext } from "../handler.ts";
import { parseInteger } from "../parse-integer.ts";

/**
 * GETRANGE key start end, and SUBSTR, its name before 2.0.
 *
 * Reply: the bytes from `start` to `end`, both included, negative ones counted from the end; empty when there are none.
 * Source: Redis 7.0 src/t_string.c, getrangeCommand.
 */
export function getrange(context: CommandContext, argv: readonly Bytes[]): void {
  const [, key, startText, endText] = argv as readonly [Bytes, Bytes, Bytes, Bytes]; // arity
  const start = parseInteger(startText);
  const end = parseInteger(endText);
  if (start === undefined || end === undefined) throw NOT_AN_INTEGER;
  const value = context.keys.readString(key, context.nowMs) ?? EMPTY;
  context.reply.bulk(rangeOf(value, start, end));
}

function rangeOf(value: Bytes, start: number, end: number): Bytes {
  const { length } = value;
  // Before they are cut to the value: `-100 -101` is empty, `-100 -99` is the first byte.
  if (start < 0 && end < 0 && start > end) return EMPTY;
  const first = start < 0 ? Math.max(start + length, 0) : start;
  const last = end < 0 ? Math.max(end + length, 0) : end;
  // not `slice(first, last + 1)` alone: it swaps its arguments when they are the wrong way round
  return first > last ? EMPTY : slice(value, first, last + 1);
}
