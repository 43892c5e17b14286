import type { Bytes } from "@slotcast/protocol";
import { List, type ListEnd } from "@slotcast/store";
import type { CommandContext } from "../handler.ts";

/** LPUSH key element [element …]. Reply: the length, elements included that a waiter takes right after. */
export function lpush(context: CommandContext, argv: readonly Bytes[]): void {
  const existing = context.keys.peekList(argv[1] as Bytes, context.nowMs); // arity
  push(context, argv, "head", existing);
}

/** RPUSH key element [element …]. Reply: as LPUSH. */
export function rpush(context: CommandContext, argv: readonly Bytes[]): void {
  const existing = context.keys.peekList(argv[1] as Bytes, context.nowMs); // arity
  push(context, argv, "tail", existing);
}

/** LPUSHX key element [element …]: for lists that somebody uses. Reply: the length; 0 without such a key. */
export function lpushx(context: CommandContext, argv: readonly Bytes[]): void {
  pushIfThere(context, argv, "head");
}

/** RPUSHX key element [element …]. Reply: as LPUSHX. */
export function rpushx(context: CommandContext, argv: readonly Bytes[]): void {
  pushIfThere(context, argv, "tail");
}

/** Elements were pushed: stores a list that is new, and says so to whoever watches, listens or waits. */
export function finishPush(
  context: CommandContext,
  key: Bytes,
  { list, isNew, end }: { readonly list: List; readonly isNew: boolean; readonly end: ListEnd },
): void {
  if (isNew) context.keys.set(key, list);
  else context.keys.touch(key);
  context.notify("list", end === "head" ? "lpush" : "rpush", key);
  context.markReady(key);
}

function pushIfThere(context: CommandContext, argv: readonly Bytes[], end: ListEnd): void {
  const existing = context.keys.peekList(argv[1] as Bytes, context.nowMs); // arity
  if (existing === undefined) context.reply.integer(0);
  else push(context, argv, end, existing);
}

function push(
  context: CommandContext,
  argv: readonly Bytes[],
  end: ListEnd,
  existing: List | undefined,
): void {
  const list = existing ?? new List();
  for (let index = 2; index < argv.length; index += 1) list.push(end, argv[index] as Bytes); // below length
  finishPush(context, argv[1] as Bytes, { list, isNew: existing === undefined, end }); // arity
  context.effects?.append(argv);
  context.reply.integer(list.length);
}
