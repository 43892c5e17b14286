import type { HashSeed } from "./half-sip-hash.ts";
import type { Random } from "./hash-ordered-set.ts";
import { KeyHash } from "./key-hash.ts";
import { KeyIndexes } from "./key-index.ts";
import { KeyStore } from "./key-store.ts";
import { KeyTable } from "./key-table.ts";
import type { KeyspaceHooks, KeyspaceStats } from "./keyspace-hooks.ts";

export interface KeyspaceOptions {
  readonly tables: number;
  readonly hashSeed: HashSeed;
  /** The table of a key is that of its slot, so no two tables have the same key, and they share a store. */
  readonly isBySlot?: boolean;
}

/**
 * Everything a node remembers: one KeyTable per slot in a cluster, one in all without. Tables are made when
 * first asked for.
 *
 * Owner: the node. One thread, synchronous: whoever runs has it to himself until he returns.
 */
export class Keyspace {
  readonly stats: KeyspaceStats = { hits: 0, misses: 0, expired: 0, changes: 0 };
  readonly hooks: KeyspaceHooks;
  readonly #tables: (KeyTable | undefined)[];
  readonly #keyHash: KeyHash;
  /** Of all tables, when a key says whose it is. */
  readonly #sharedStore: KeyStore | undefined;
  #expiryTable = 0;

  /** Who scans can learn from the cursors how keys hash, but not what to call keys that collide: the seed is secret. */
  constructor({ tables, hashSeed, isBySlot = false }: KeyspaceOptions) {
    const indexes = new KeyIndexes(hashSeed);
    this.#keyHash = new KeyHash(hashSeed);
    this.#sharedStore = isBySlot ? new KeyStore(this.#keyHash) : undefined;
    this.hooks = {
      stats: this.stats,
      indexes,
      expiry: "remove",
      observer: undefined,
      expired: undefined,
    };
    this.#tables = Array.from({ length: tables });
  }

  /** The table of a slot; without a cluster, of a database. */
  table(index: number): KeyTable {
    return (this.#tables[index] ??= this.#newTable(index));
  }

  /** Time and memory may remove keys here. Else whoever sends the effects decides that. */
  get decides(): boolean {
    return this.hooks.expiry === "remove";
  }

  /** Where the keys of a slot, or of a database, are. */
  storeOf(index: number): KeyStore {
    return this.#sharedStore ?? this.table(index).store;
  }

  /** Those that were asked for, by index. */
  tables(): KeyTable[] {
    return this.#tables.filter((table) => table !== undefined);
  }

  /** The first table that is not empty, of those from `index` on. */
  nextTable(index: number): KeyTable | undefined {
    for (let at = index; at < this.#tables.length; at += 1) {
      const table = this.#tables[at];
      if (table !== undefined && table.size > 0) return table;
    }
    return undefined;
  }

  /** O(tables), as everything below. */
  get size(): number {
    return this.#tables.reduce((sum, table) => sum + (table?.size ?? 0), 0);
  }

  get expiringSize(): number {
    return this.#tables.reduce((sum, table) => sum + (table?.expiringSize ?? 0), 0);
  }

  /** As of KeyTable, over all of them. */
  get averageTtlMs(): number {
    let weighted = 0;
    for (const table of this.#tables) {
      if (table !== undefined) weighted += table.averageTtlMs * table.expiringSize;
    }
    return weighted === 0 ? 0 : weighted / this.expiringSize;
  }

  /** Any table, each with a probability as the number of its keys; `undefined` when there are no keys. */
  randomTable(random: Random): KeyTable | undefined {
    let left = Math.floor(random() * this.size);
    return this.#tables.find((table) => {
      left -= table?.size ?? 0;
      return left < 0;
    });
  }

  /** Gives up what SCAN and RANDOMKEY made for themselves, where nobody uses it any more. */
  dropIdleIndexes(nowMs: number): void {
    this.hooks.indexes.dropIdle(nowMs);
  }

  /** Drops every key. Values are garbage at once; tables and who waits for their keys stay. */
  clear(): void {
    const movedTo = this.#sharedStore?.moveOut();
    for (const table of this.#tables) table?.clear(movedTo);
  }

  /**
   * One slice of active expiry: looks at up to `keysMax` keys that have an expiry, going round the tables.
   * Returns how many were removed, so that the caller can go on while it pays. None unless the keyspace `decides`.
   */
  expireSome(options: { readonly nowMs: number; readonly keysMax: number }): number {
    if (!this.decides) return 0;
    let removed = 0;
    let looked = 0;
    for (let step = 0; step < this.#tables.length && looked < options.keysMax; step += 1) {
      const table = this.#tables[this.#expiryTable];
      this.#expiryTable = (this.#expiryTable + 1) % this.#tables.length;
      if (table === undefined || table.expiringSize === 0) continue;
      const share = Math.min(table.expiringSize, options.keysMax - looked);
      looked += share;
      removed += table.expireSome(options.nowMs, share);
    }
    return removed;
  }

  #newTable(index: number): KeyTable {
    return new KeyTable(index, this.#sharedStore ?? new KeyStore(this.#keyHash), this.hooks);
  }
}
