import { ascii, OUT_OF_RANGE_POSITIVE, wrongArity, type Bytes } from "@slotcast/protocol";
import type { List, ListEnd } from "@slotcast/store";
import type { CommandContext } from "../handler.ts";
import { parseInteger } from "../parse-integer.ts";

/** LPOP key [count]. Reply: the element or null; with count an array, or the null array without such a key. */
export function lpop(context: CommandContext, argv: readonly Bytes[]): void {
  pop(context, argv, "head");
}

/** RPOP key [count]. Reply: as LPOP. */
export function rpop(context: CommandContext, argv: readonly Bytes[]): void {
  pop(context, argv, "tail");
}

/** Takes the element at one end; the list goes with its last element. */
export function popFrom(context: CommandContext, key: Bytes, list: List, end: ListEnd): Bytes {
  const element = list.pop(end) as Bytes; // an empty list is never stored
  finishPop(context, key, list, end);
  return element;
}

/** As an array reply, up to `count` elements, at least one. */
export function popRange(
  context: CommandContext,
  key: Bytes,
  { list, end, count }: { readonly list: List; readonly end: ListEnd; readonly count: number },
): void {
  const { reply } = context;
  const taken = Math.min(count, list.length);
  reply.array(taken);
  reply.bulks((add) => {
    for (let left = taken; left > 0; left -= 1) add(list.pop(end) as Bytes); // it has so many
  });
  finishPop(context, key, list, end);
  context.effects?.append([ascii(end === "head" ? "LPOP" : "RPOP"), key, ascii(String(taken))]);
}

/** Elements were popped: says so to whoever watches or listens. The list goes with its last element. */
export function finishPop(context: CommandContext, key: Bytes, list: List, end: ListEnd): void {
  context.notify("list", end === "head" ? "lpop" : "rpop", key);
  deleteIfEmpty(context, key, list);
}

/** The list was changed. One that is empty goes. */
export function deleteIfEmpty(context: CommandContext, key: Bytes, list: List): void {
  if (list.length > 0) {
    context.keys.touch(key);
    return;
  }
  context.keys.delete(key);
  context.notify("generic", "del", key);
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
  if (list === undefined) reply.nullArray();
  else if (count === 0) reply.array(0);
  else popRange(context, key, { list, end, count });
}
