import { lower, SYNTAX_ERROR, type Bytes } from "@slotcast/protocol";
import type { CommandContext } from "../handler.ts";

/**
 * LINSERT key <BEFORE | AFTER> pivot element. The first pivot from the head counts.
 *
 * Reply: the new length; 0 without such a key, -1 without such a pivot.
 */
export function linsert(context: CommandContext, argv: readonly Bytes[]): void {
  const { keys, nowMs, reply } = context;
  const [, key, whereWord, pivot, element] = argv as readonly [Bytes, Bytes, Bytes, Bytes, Bytes]; // arity
  const where = lower(whereWord);
  if (where !== "before" && where !== "after") throw SYNTAX_ERROR;
  const list = keys.peekList(key, nowMs);
  if (list === undefined) {
    reply.integer(0);
    return;
  }
  let pivotAt = -1;
  list.find(pivot, { start: 0, stop: list.length - 1, from: "head" }, (index) => {
    pivotAt = index;
    return false;
  });
  if (pivotAt === -1) {
    reply.integer(-1);
    return;
  }
  list.insert(where === "before" ? pivotAt : pivotAt + 1, element);
  keys.touch(key);
  context.notify("list", "linsert", key);
  // A list that grows may be what a BLMOVEM EXACTLY waits for.
  context.markReady(key);
  context.effects?.append(argv);
  reply.integer(list.length);
}
