import { own, type Bytes } from "@slotcast/protocol";
import type { KeyNames, KeyTable } from "@slotcast/store";
import type { ChangeFeed, ChangeListener } from "./change-feed.ts";
import type { Connection } from "./connection.ts";

/** A watched key that may have changed already. */
interface Watch {
  readonly table: KeyTable;
  readonly key: Bytes;
}

/**
 * WATCH: which connections want to know whether a key changed before their EXEC. Listens to changes only while
 * somebody watches. Source: Redis 7.0 src/multi.c, watchForKey, touchWatchedKey.
 */
export class WatchedKeys implements ChangeListener {
  readonly #changes: ChangeFeed;
  readonly #watchers = new Map<KeyTable, Map<Bytes, Set<Connection>>>();
  readonly #watches = new Map<Connection, Watch[]>();
  readonly #dirty = new WeakSet<Connection>();

  constructor(changes: ChangeFeed) {
    this.#changes = changes;
  }

  /** INFO `watching_clients`. */
  get watchingClients(): number {
    return this.#watches.size;
  }

  /** INFO `total_watched_keys`. */
  get keyCount(): number {
    let count = 0;
    for (const keys of this.#watchers.values()) count += keys.size;
    return count;
  }

  /** CLIENT LIST `watch`. */
  countOf(connection: Connection): number {
    return this.#watches.get(connection)?.length ?? 0;
  }

  /** A key whose time has come counts as missing: it must have been looked at. Watching twice counts once. */
  watch(connection: Connection, table: KeyTable, key: Bytes): void {
    let keys = this.#watchers.get(table);
    if (keys === undefined) this.#watchers.set(table, (keys = new Map()));
    const connections = keys.get(key);
    if (connections?.has(connection) === true) return;
    const kept = own(key);
    if (connections === undefined) keys.set(kept, new Set([connection]));
    else connections.add(connection);
    const watches = this.#watches.get(connection);
    if (watches === undefined) this.#watches.set(connection, [{ table, key: kept }]);
    else watches.push({ table, key: kept });
    this.#changes.add(this);
  }

  /** Whether a watched key changed, or its time came. */
  isDirty(connection: Connection, nowMs: number): boolean {
    // Looking makes a key whose time has come expire, which is a change.
    for (const { table, key } of this.#watches.get(connection) ?? []) table.peek(key, nowMs);
    return this.#dirty.has(connection);
  }

  /** Without looking at expiry: CLIENT LIST flag `d`. */
  wasTouched(connection: Connection): boolean {
    return this.#dirty.has(connection);
  }

  /** UNWATCH, EXEC, DISCARD, or the connection is gone. */
  forget(connection: Connection): void {
    this.#dirty.delete(connection);
    const watches = this.#watches.get(connection);
    if (watches === undefined) return;
    this.#watches.delete(connection);
    for (const { table, key } of watches) {
      const keys = this.#watchers.get(table);
      const connections = keys?.get(key);
      connections?.delete(connection);
      if (connections?.size === 0) keys?.delete(key);
      if (keys?.size === 0) this.#watchers.delete(table);
    }
    if (this.#watches.size === 0) this.#changes.remove(this);
  }

  changed(table: KeyTable, key: Bytes): void {
    for (const connection of this.#watchers.get(table)?.get(key) ?? []) this.#dirty.add(connection);
  }

  replaced(table: KeyTable, before: KeyNames): void {
    for (const [key, connections] of this.#watchers.get(table) ?? []) {
      if (!before.has(key) && table.peekRaw(key) === undefined) continue;
      for (const connection of connections) this.#dirty.add(connection);
    }
  }
}
