import { ascii, type Bytes } from "@slotcast/protocol";
import type { CommandContext } from "../handler.ts";
import { parseListRange, rangeWithin } from "./list-range.ts";

/**
 * LTRIM key start stop: keeps that range only. Reply: OK, whatever was there. The event comes, and who watches
 * the key notices, also when nothing had to go. Source: Redis 7.0 src/t_list.c, ltrimCommand.
 */
export function ltrim(context: CommandContext, argv: readonly Bytes[]): void {
  const { keys, nowMs, reply } = context;
  const [, key, startText, stopText] = argv as readonly [Bytes, Bytes, Bytes, Bytes]; // arity
  const asked = parseListRange(startText, stopText);
  const list = keys.peekList(key, nowMs);
  reply.ok();
  if (list === undefined) return;
  const before = list.length;
  const range = rangeWithin(asked, before);
  if (range === undefined) {
    keys.delete(key);
    context.notify("list", "ltrim", key);
    context.notify("generic", "del", key);
    context.effects?.append([ascii("DEL"), key]);
    return;
  }
  list.trim(range);
  keys.touch(key);
  context.notify("list", "ltrim", key);
  if (list.length < before) context.effects?.append(argv);
}
