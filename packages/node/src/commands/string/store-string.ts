import { ascii, own, type Bytes } from "@slotcast/protocol";
import type { CommandContext } from "../handler.ts";
import { announceOverwritten } from "../keyspace/announce-overwritten.ts";

const SET = ascii("SET");
const PXAT = ascii("PXAT");
const KEEPTTL = ascii("KEEPTTL");

/** When the key ends: Unix time in milliseconds, `keep`: as before, `undefined`: never. */
export type Lifetime = number | "keep" | undefined;

/** Writes the key as SET does, whatever it held: value, expiry, events, effect. Replies nothing. */
export function storeString(
  context: CommandContext,
  key: Bytes,
  value: Bytes,
  lifetime?: Lifetime,
): void {
  writeString(context, key, value, lifetime);
  const { effects } = context;
  if (effects === undefined) return;
  if (lifetime === undefined) effects.append([SET, key, value]);
  else if (lifetime === "keep") effects.append([SET, key, value, KEEPTTL]);
  else effects.append([SET, key, value, PXAT, ascii(String(lifetime))]);
}

/**
 * As `storeString`, but for the effect, which is the caller's.
 * Source: Redis 7.0 src/t_string.c, setGenericCommand; the events of overwriting are of 8.2, src/db.c, setKey.
 */
export function writeString(
  context: CommandContext,
  key: Bytes,
  value: Bytes,
  lifetime?: Lifetime,
): void {
  const { broker, keys, nowMs } = context;
  // A key whose time has come must go first, and be announced. Nobody could tell without expiries and events.
  const isWatched = keys.expiringSize > 0 || broker.events.isOn;
  const before = isWatched ? keys.peek(key, nowMs) : undefined;
  if (lifetime === undefined) keys.set(key, own(value));
  else keys.setKeepingExpiry(key, own(value));
  if (typeof lifetime === "number") keys.expireAt(key, lifetime);
  announceOverwritten(broker.events, keys, key, { before, after: value });
  context.notify("string", "set", key);
  if (typeof lifetime === "number") context.notify("generic", "expire", key);
}
