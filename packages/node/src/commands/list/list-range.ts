import { NOT_AN_INTEGER, type Bytes } from "@slotcast/protocol";
import type { ListRange } from "@slotcast/store";
import { parseInteger } from "../parse-integer.ts";

/** Two positions as they were given: negative ones count from the tail, and they may lie outside. */
export function parseListRange(startText: Bytes, stopText: Bytes): ListRange {
  const start = parseInteger(startText);
  const stop = parseInteger(stopText);
  if (start === undefined || stop === undefined) throw NOT_AN_INTEGER;
  return { start, stop };
}

/** What of the given range is inside a list of that length. `undefined`: nothing. */
export function rangeWithin({ start, stop }: ListRange, length: number): ListRange | undefined {
  const first = Math.max(start < 0 ? start + length : start, 0);
  const last = Math.min(stop < 0 ? stop + length : stop, length - 1);
  return first > last ? undefined : { start: first, stop: last };
}
