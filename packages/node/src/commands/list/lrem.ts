import { NOT_AN_INTEGER, type Bytes } from "@slotcast/protocol";
import type { CommandContext } from "../handler.ts";
import { parseInteger } from "../parse-integer.ts";
import { deleteIfEmpty } from "./pop.ts";

/**
 * LREM key count element: removes the first `count` from the head; from the tail when negative; all when 0.
 *
 * Reply: how many were removed.
 */
export function lrem(context: CommandContext, argv: readonly Bytes[]): void {
  const { keys, nowMs, reply } = context;
  const [, key, countText, element] = argv as readonly [Bytes, Bytes, Bytes, Bytes]; // arity
  const count = parseInteger(countText);
  if (count === undefined) throw NOT_AN_INTEGER;
  const list = keys.peekList(key, nowMs);
  const removed =
    list?.remove(element, {
      from: count < 0 ? "tail" : "head",
      countMax: count === 0 ? list.length : Math.abs(count),
    }) ?? 0;
  if (list !== undefined && removed > 0) {
    context.notify("list", "lrem", key);
    deleteIfEmpty(context, key, list);
    context.effects?.append(argv);
  }
  reply.integer(removed);
}
