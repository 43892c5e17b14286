import type { Bytes } from "@slotcast/protocol";
import { List } from "@slotcast/store";
import type { CommandContext } from "../handler.ts";

/** LPUSH key element [element …]. Reply: the length, elements included that a waiter takes right after. */
export function lpush(context: CommandContext, argv: readonly Bytes[]): void {
  const list = listToPush(context, argv[1] as Bytes); // arity
  for (let index = 2; index < argv.length; index += 1) list.pushHead(argv[index] as Bytes); // below length
  finish(context, argv, list);
}

/** RPUSH key element [element …]. Reply: as LPUSH. */
export function rpush(context: CommandContext, argv: readonly Bytes[]): void {
  const list = listToPush(context, argv[1] as Bytes); // arity
  for (let index = 2; index < argv.length; index += 1) list.pushTail(argv[index] as Bytes); // below length
  finish(context, argv, list);
}

function listToPush(context: CommandContext, key: Bytes): List {
  const existing = context.keys.peekList(key, context.nowMs);
  if (existing !== undefined) {
    context.keys.touch(key);
    return existing;
  }
  const list = new List();
  context.keys.set(key, list);
  return list;
}

function finish(context: CommandContext, argv: readonly Bytes[], list: List): void {
  context.markReady(argv[1] as Bytes); // arity
  context.effects?.append(argv);
  context.reply.integer(list.length);
}
