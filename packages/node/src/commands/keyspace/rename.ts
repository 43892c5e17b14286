import { ascii, CommandError, type Bytes } from "@slotcast/protocol";
import type { CommandContext } from "../handler.ts";
import { announceOverwritten } from "./announce-overwritten.ts";
import { placeEntry, useOf } from "./place-entry.ts";

const NO_SUCH_KEY = new CommandError("ERR", "no such key");

/** RENAME key newkey: moves the value and its expiry, onto what is there. Reply: OK. */
export function rename(context: CommandContext, argv: readonly Bytes[]): void {
  moveToName(context, argv, { onlyIfFree: false });
  context.reply.ok();
}

/** RENAMENX key newkey. Reply: 1; 0 when there is a newkey already. */
export function renamenx(context: CommandContext, argv: readonly Bytes[]): void {
  context.reply.integer(moveToName(context, argv, { onlyIfFree: true }) ? 1 : 0);
}

/**
 * False when nothing changed: both names are the same, or the new one is taken and must not be.
 * Source: Redis 7.0 src/db.c, renameGenericCommand.
 */
function moveToName(
  context: CommandContext,
  argv: readonly Bytes[],
  { onlyIfFree }: { readonly onlyIfFree: boolean },
): boolean {
  const { broker, keys, nowMs } = context;
  const [, from, to] = argv as readonly [Bytes, Bytes, Bytes]; // arity
  const value = keys.peek(from, nowMs);
  if (value === undefined) throw NO_SUCH_KEY;
  if (from === to) return false;
  const before = keys.peek(to, nowMs);
  if (before !== undefined && onlyIfFree) return false;
  const entry = { value, expiresAtMs: keys.expiryOf(from), use: useOf(broker, keys, from) };
  keys.delete(from);
  placeEntry(broker, keys, to, entry);
  context.effects?.append([ascii("RENAME"), from, to]);
  context.notify("generic", "rename_from", from);
  context.notify("generic", "rename_to", to);
  announceOverwritten(broker.events, keys, to, { before, after: value });
  return true;
}
