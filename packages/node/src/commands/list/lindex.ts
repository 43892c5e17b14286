import { NOT_AN_INTEGER, type Bytes } from "@slotcast/protocol";
import type { CommandContext } from "../handler.ts";
import { parseInteger } from "../parse-integer.ts";

/**
 * LINDEX key index. Reply: the element; null without one. A negative index counts from the tail. What is wrong
 * with the index shows only when there is a list: Redis' order.
 */
export function lindex(context: CommandContext, argv: readonly Bytes[]): void {
  const { keys, nowMs, reply } = context;
  const [, key, indexText] = argv as readonly [Bytes, Bytes, Bytes]; // arity
  const list = keys.readList(key, nowMs);
  if (list === undefined) {
    reply.nullBulk();
    return;
  }
  const index = parseInteger(indexText);
  if (index === undefined) throw NOT_AN_INTEGER;
  const element = list.at(index < 0 ? index + list.length : index);
  if (element === undefined) reply.nullBulk();
  else reply.bulk(element);
}
