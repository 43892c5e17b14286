import type { Bytes } from "@slotcast/protocol";
import type { KeyIndexes } from "./key-index.ts";
import type { KeyTable, Value } from "./key-table.ts";

/**
 * Who is told of every change, whichever command made it: transactions watch keys, caches track them, events
 * announce them. `undefined` in the hooks while nobody wants to know, which is nearly always.
 */
export interface KeyspaceObserver {
  /** The key was made, changed, given another expiry, deleted or expired. Called after it happened. */
  changed(table: KeyTable, key: Bytes): void;
  /** The groups of a stream changed, and none of its entries. */
  groupsChanged(table: KeyTable, key: Bytes): void;
  /** The key was not there before. */
  added(table: KeyTable, key: Bytes): void;
  /** Its time had come. `changed` follows. */
  expired(table: KeyTable, key: Bytes): void;
  /** A reading command looked for it and it was not there. */
  missed(table: KeyTable, key: Bytes): void;
  /** The whole table holds something else: FLUSHALL and its kin. `before` is what it held. */
  replaced(table: KeyTable, before: KeyNames): void;
}

/** Which keys there are, or were. */
export interface KeyNames {
  has(key: Bytes): boolean;
}

/** Keys one after the other, in the order in which they came. Who stops before the end calls `return`, as for-of does. */
export type KeyIterator = Generator<Bytes, undefined>;

/** A table's content, as far as one can look at it key by key. A KeyTable is one. */
export interface KeySource {
  keys(): KeyIterator;
  peekRaw(key: Bytes): Value | undefined;
  expiryOf(key: Bytes): number | undefined;
}

/**
 * Who must see what a key holds before that changes: a snapshot which is not done with the table. Told of each look-up,
 * since who looks a value up may change it in place.
 */
export interface KeyGuard {
  /** The key is there and somebody looks it up, or it is about to be made, overwritten, or removed. */
  beforeUse(table: KeyTable, key: Bytes): void;
  /** The table was emptied; `before` is what it held, and does not change any more. */
  emptied(table: KeyTable, before: KeySource): void;
  /** Each of the two holds what the other one did. */
  swapped(table: KeyTable, other: KeyTable): void;
}

/**
 * What becomes of a key whose time has come:
 *
 * - `remove`: whoever looks for it removes it, and active expiry does;
 * - `hide`: it is there and nobody sees it, until its removal is applied. A replica: only the primary decides;
 * - `keep`: nothing, as if it had no expiry. While effects are applied: they say themselves what is gone.
 */
export type ExpiryMode = "remove" | "hide" | "keep";

/** What all tables of a keyspace share. */
export interface KeyspaceHooks {
  readonly stats: KeyspaceStats;
  readonly indexes: KeyIndexes;
  expiry: ExpiryMode;
  observer: KeyspaceObserver | undefined;
  /** As `expired` of the observer, which it comes before: for who wants to know that alone, and always. */
  expired: ((table: KeyTable, key: Bytes) => void) | undefined;
}

/** Counters a keyspace keeps for INFO; reset by CONFIG RESETSTAT. */
export interface KeyspaceStats {
  hits: number;
  misses: number;
  expired: number;
  /** Changes so far: INFO `rdb_changes_since_last_save`. */
  changes: number;
}
