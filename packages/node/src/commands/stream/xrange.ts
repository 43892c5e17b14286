import { lower, NOT_AN_INTEGER, SYNTAX_ERROR, type Bytes } from "@slotcast/protocol";
import { parseRangeBound, type StreamId } from "@slotcast/store";
import type { CommandContext } from "../handler.ts";
import { parseInteger } from "../parse-integer.ts";
import { writeEntry } from "./write-entry.ts";

/** XRANGE key start end [COUNT count]. Reply: the entries from start to end, both included unless `(`. */
export function xrange(context: CommandContext, argv: readonly Bytes[]): void {
  const [, , start, end] = argv as readonly [Bytes, Bytes, Bytes, Bytes]; // arity
  range(context, argv, { start, end, reverse: false });
}

/** XREVRANGE key end start [COUNT count]. Reply: as XRANGE, newest first. */
export function xrevrange(context: CommandContext, argv: readonly Bytes[]): void {
  const [, , end, start] = argv as readonly [Bytes, Bytes, Bytes, Bytes]; // arity
  range(context, argv, { start, end, reverse: true });
}

function range(
  { keys, nowMs, reply }: CommandContext,
  argv: readonly Bytes[],
  bounds: { readonly start: Bytes; readonly end: Bytes; readonly reverse: boolean },
): void {
  const from = parseRangeBound(bounds.start, "start");
  const to = parseRangeBound(bounds.end, "end");
  const countMax = parseCount(argv);
  const stream = keys.readStream(argv[1] as Bytes, nowMs); // arity
  if (stream === undefined) {
    reply.array(0);
    return;
  }
  if (countMax === 0) {
    reply.nullArray();
    return;
  }
  const found: (readonly [StreamId, readonly Bytes[]])[] = [];
  stream.forEachInRange({ from, to, reverse: bounds.reverse, countMax }, (id, fields) => {
    found.push([id, fields]);
  });
  reply.array(found.length);
  for (const [id, fields] of found) writeEntry(reply, id, fields);
}

/** Negative counts as 0, as in Redis; Infinity without COUNT. */
function parseCount(argv: readonly Bytes[]): number {
  let countMax = Number.POSITIVE_INFINITY;
  for (let at = 4; at < argv.length; at += 2) {
    const value = argv[at + 1];
    if (lower(argv[at] as Bytes) !== "count" || value === undefined) throw SYNTAX_ERROR; // below length
    const count = parseInteger(value);
    if (count === undefined) throw NOT_AN_INTEGER;
    countMax = Math.max(count, 0);
  }
  return countMax;
}
