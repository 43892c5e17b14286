import type { Bytes } from "@slotcast/protocol";
import type { KeyIndexes } from "./key-index.ts";
import type { KeyTable } from "./key-table.ts";

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
  replaced(table: KeyTable, before: ReadonlyMap<Bytes, unknown>): void;
}

/** What all tables of a keyspace share. */
export interface KeyspaceHooks {
  readonly stats: KeyspaceStats;
  readonly indexes: KeyIndexes;
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
