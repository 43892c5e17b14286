import { ascii, EMPTY, OUT_OF_RANGE_POSITIVE, type Bytes } from "@slotcast/protocol";
import type { CommandContext } from "../handler.ts";
import { parseInteger } from "../parse-integer.ts";
import { tableOf } from "./entry-of.ts";

/**
 * DEBUG POPULATE count [prefix] [size]: string keys `prefix:0` and on with the values `value:0` and on, filled up with
 * NULs or cut to `size` bytes. Keys that exist stay. Effects tell nothing of it, as in Redis.
 */
export function debugPopulate(context: CommandContext, argv: readonly Bytes[]): void {
  const { nowMs, reply } = context;
  const [, , countText, prefix = ascii("key"), sizeText = ascii("0")] = argv;
  const count = parseCount(countText);
  const sizeBytes = parseCount(sizeText);
  for (let number = 0; number < count; number += 1) {
    const key = ascii(`${prefix}:${number}`);
    const keys = tableOf(context, key);
    if (keys.peek(key, nowMs) !== undefined) continue;
    keys.set(key, valueOf(number, sizeBytes));
  }
  reply.ok();
}

function parseCount(text: Bytes | undefined): number {
  const count = parseInteger(text ?? EMPTY);
  if (count === undefined || count < 0) throw OUT_OF_RANGE_POSITIVE;
  return count;
}

/** A size of 0 is none. */
function valueOf(number: number, sizeBytes: number): Bytes {
  const text = `value:${number}`;
  return ascii(sizeBytes === 0 ? text : text.slice(0, sizeBytes).padEnd(sizeBytes, "\0"));
}
