import type { Bytes } from "@slotcast/protocol";
import type { CommandContext } from "../handler.ts";
import { parseListRange, rangeWithin } from "./list-range.ts";

/** LRANGE key start stop. Reply: the elements, both ends included; negative positions count from the tail. */
export function lrange(context: CommandContext, argv: readonly Bytes[]): void {
  const { reply } = context;
  const [, key, startText, stopText] = argv as readonly [Bytes, Bytes, Bytes, Bytes]; // arity
  const asked = parseListRange(startText, stopText);
  const list = context.keys.readList(key, context.nowMs);
  const range = list === undefined ? undefined : rangeWithin(asked, list.length);
  if (list === undefined || range === undefined) {
    reply.array(0);
    return;
  }
  reply.array(range.stop - range.start + 1);
  reply.bulks((add) => {
    list.forEachInRange(range, add);
  });
}
