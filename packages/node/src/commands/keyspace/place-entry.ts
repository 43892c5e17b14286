import type { Bytes } from "@slotcast/protocol";
import { Stream, type KeyTable, type Value } from "@slotcast/store";
import type { Broker } from "../../broker.ts";
import type { KeyAccount } from "../../memory/key-account.ts";

/** What stands under a key. */
export interface Entry {
  readonly value: Value;
  /** Unix time in milliseconds; `undefined`: it stays for ever. */
  readonly expiresAtMs: number | undefined;
  /** How it was used before, for eviction; without it, it was used just now. */
  readonly use?: KeyUse | undefined;
}

type KeyUse = Partial<Pick<KeyAccount, "usedAtMs" | "frequency">>;

/**
 * Puts an entry under a key, in place of what was there, and marks the key ready for who waits for it. The table
 * may be another one than the client's. Events are the caller's. Source: Redis 7.0 src/db.c, dbAdd.
 */
export function placeEntry(
  broker: Broker,
  table: KeyTable,
  key: Bytes,
  { value, expiresAtMs, use }: Entry,
): void {
  // Deleted first, not overwritten: Redis announces a `new` key also in place of another.
  table.delete(key);
  table.set(key, value);
  if (expiresAtMs !== undefined) table.expireAt(key, expiresAtMs);
  const account = use === undefined ? undefined : broker.memory.keys.find(table, key);
  if (account !== undefined) Object.assign(account, use);
  if (value instanceof Stream && hasConsumerTtl(value)) broker.silentConsumers.watch(table, key);
  broker.blocking.markReady(table, key);
}

/** For a key that only gets another name: it was used just now, and as often as before. */
export function useOf(broker: Broker, table: KeyTable, key: Bytes): KeyUse | undefined {
  const account = broker.memory.keys.find(table, key);
  return account === undefined ? undefined : { frequency: account.frequency };
}

function hasConsumerTtl(stream: Stream): boolean {
  for (const { policy } of stream.groups.all()) {
    if (policy?.consumerTtlMs !== undefined) return true;
  }
  return false;
}
