import { ascii, type Bytes } from "@slotcast/protocol";
import type { CommandContext } from "../handler.ts";
import { expireKey } from "../keyspace/expire-key.ts";
import { persistKey } from "../keyspace/persist.ts";
import { expiryMs, optionWords, parseStringOptions } from "./string-options.ts";

const ALLOWED = optionWords("persist", "ex", "px", "exat", "pxat");

/**
 * GETEX key [EX s | PX ms | EXAT s | PXAT ms | PERSIST]
 *
 * Reply: the value, or null. A time that has passed deletes the key.
 * Source: Redis 7.0 src/t_string.c, getexCommand.
 */
export function getex(context: CommandContext, argv: readonly Bytes[]): void {
  const { keys, nowMs, reply } = context;
  const [, key] = argv as readonly [Bytes, Bytes]; // arity
  const { expiry, persist } = parseStringOptions(argv, { from: 2, allowed: ALLOWED });
  const value = keys.readString(key, nowMs);
  if (value === undefined) {
    reply.nullBulk();
    return;
  }
  if (expiry !== undefined) expireKey(context, key, expiryMs(expiry, { nowMs, command: "getex" }));
  if (persist) persistKey(context, key);
  reply.bulk(value);
}

/** GETDEL key. Reply: the value, which is no longer there, or null. */
export function getdel(context: CommandContext, argv: readonly Bytes[]): void {
  const { effects, keys, nowMs, reply } = context;
  const [, key] = argv as readonly [Bytes, Bytes]; // arity
  const value = keys.readString(key, nowMs);
  if (value === undefined) {
    reply.nullBulk();
    return;
  }
  keys.delete(key);
  context.notify("generic", "del", key);
  effects?.append([ascii("DEL"), key]);
  reply.bulk(value);
}
