import type { Bytes } from "@slotcast/protocol";
import type { CommandContext } from "../handler.ts";
import { storeString } from "./store-string.ts";
import { expiryMs } from "./string-options.ts";

// What SET can do since it takes options, by the older names.

/** SETNX key value. Reply: 1 when it was not there and now is, 0 otherwise. */
export function setnx(context: CommandContext, argv: readonly Bytes[]): void {
  const [, key, value] = argv as readonly [Bytes, Bytes, Bytes]; // arity
  const isNew = context.keys.peek(key, context.nowMs) === undefined;
  if (isNew) storeString(context, key, value);
  context.reply.integer(isNew ? 1 : 0);
}

/** SETEX key seconds value. Reply: OK. */
export function setex(context: CommandContext, argv: readonly Bytes[]): void {
  const [, key, time, value] = argv as readonly [Bytes, Bytes, Bytes, Bytes]; // arity
  const { nowMs } = context;
  const atMs = expiryMs({ unit: "ex", value: time }, { nowMs, command: "setex" });
  storeString(context, key, value, atMs);
  context.reply.ok();
}

/** PSETEX key milliseconds value. Reply: OK. */
export function psetex(context: CommandContext, argv: readonly Bytes[]): void {
  const [, key, time, value] = argv as readonly [Bytes, Bytes, Bytes, Bytes]; // arity
  const { nowMs } = context;
  const atMs = expiryMs({ unit: "px", value: time }, { nowMs, command: "psetex" });
  storeString(context, key, value, atMs);
  context.reply.ok();
}

/** GETSET key value. Reply: the old value, or null. Forgets an expiry, as SET. */
export function getset(context: CommandContext, argv: readonly Bytes[]): void {
  const [, key, value] = argv as readonly [Bytes, Bytes, Bytes]; // arity
  const old = context.keys.readString(key, context.nowMs);
  storeString(context, key, value);
  if (old === undefined) context.reply.nullBulk();
  else context.reply.bulk(old);
}
