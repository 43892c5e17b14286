import { ascii, OUT_OF_RANGE_POSITIVE, wrongArity, type Bytes } from "@slotcast/protocol";
import type { List } from "@slotcast/store";
import type { CommandContext } from "../handler.ts";
import { parseInteger } from "../parse-integer.ts";

export type ListEnd = "head" | "tail";

/** LPOP key [count]. Reply: the element or null; with count an array, or the null array without such a key. */
export function lpop(context: CommandContext, argv: readonly Bytes[]): void {
  pop(context, argv, "head");
}

/** RPOP key [count]. Reply: as LPOP. */
export function rpop(context: CommandContext, argv: readonly Bytes[]): void {
  pop(context, argv, "tail");
}

/** Takes the element at one end; the list goes with its last element. The list is not empty. */
export function popFrom(context: CommandContext, key: Bytes, list: List, end: ListEnd): Bytes {
  const element = end === "head" ? list.popHead() : list.popTail();
  if (list.length === 0) context.keys.delete(key);
  else context.keys.touch(key);
  return element as Bytes; // an empty list is never stored
}

function pop(context: CommandContext, argv: readonly Bytes[], end: ListEnd): void {
  const { keys, nowMs, reply } = context;
  const [, key, countText] = argv as readonly [Bytes, Bytes, Bytes?]; // arity
  if (argv.length > 3) throw wrongArity(end === "head" ? "lpop" : "rpop");
  if (countText === undefined) {
    const list = keys.peekList(key, nowMs);
    if (list === undefined) {
      reply.nullBulk();
      return;
    }
    reply.bulk(popFrom(context, key, list, end));
    context.effects?.append(argv);
    return;
  }
  const count = parseInteger(countText);
  if (count === undefined || count < 0) throw OUT_OF_RANGE_POSITIVE;
  const list = keys.peekList(key, nowMs);
  if (list === undefined) {
    reply.nullArray();
    return;
  }
  const taken = Math.min(count, list.length);
  reply.array(taken);
  for (let index = 0; index < taken; index += 1) reply.bulk(popFrom(context, key, list, end));
  if (taken > 0)
    context.effects?.append([ascii(end === "head" ? "LPOP" : "RPOP"), key, ascii(String(taken))]);
}
