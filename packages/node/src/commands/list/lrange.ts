import { NOT_AN_INTEGER, type Bytes } from "@slotcast/protocol";
import type { CommandContext } from "../handler.ts";
import { parseInteger } from "../parse-integer.ts";

/** LRANGE key start stop. Reply: the elements, both ends included; negative positions count from the tail. */
export function lrange(context: CommandContext, argv: readonly Bytes[]): void {
  const { reply } = context;
  const [, key, startText, stopText] = argv as readonly [Bytes, Bytes, Bytes, Bytes]; // arity
  const start = parseInteger(startText);
  const stop = parseInteger(stopText);
  if (start === undefined || stop === undefined) throw NOT_AN_INTEGER;
  const list = context.keys.readList(key, context.nowMs);
  const length = list?.length ?? 0;
  const first = Math.max(start < 0 ? start + length : start, 0);
  const last = Math.min(stop < 0 ? stop + length : stop, length - 1);
  if (list === undefined || first > last) {
    reply.array(0);
    return;
  }
  reply.array(last - first + 1);
  list.forEachInRange({ start: first, stop: last }, (element) => {
    reply.bulk(element);
  });
}
