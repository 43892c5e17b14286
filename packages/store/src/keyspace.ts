import { own, WRONG_TYPE, type Bytes } from "@slotcast/protocol";
import { List } from "./list.ts";
import { Stream } from "./stream.ts";

/** What a key holds. A string is held as itself: no wrapper to pay for. A further type is a further member. */
export type Value = Bytes | List | Stream;

/**
 * Who is told of every change, whichever command made it: transactions watch keys, caches track them, events
 * announce them. `undefined` in the hooks while nobody wants to know, which is nearly always.
 */
export interface KeyspaceObserver {
  /** The key was made, changed, given another expiry, deleted or expired. Called after it happened. */
  changed(table: KeyTable, key: Bytes): void;
  /** The key was not there before. */
  added(table: KeyTable, key: Bytes): void;
  /** Its time had come. `changed` follows. */
  expired(table: KeyTable, key: Bytes): void;
  /** A reading command looked for it and it was not there. */
  missed(table: KeyTable, key: Bytes): void;
  /** The whole table holds something else: FLUSHALL and its kin. `before` is what it held. */
  replaced(table: KeyTable, before: ReadonlyMap<Bytes, Value>): void;
}

/** What all tables of a keyspace share. */
export interface KeyspaceHooks {
  readonly stats: KeyspaceStats;
  observer: KeyspaceObserver | undefined;
}

/** Strings shorter than this own their bytes already (see `own`), so only longer keys are looked up twice. */
const OWNED_CHARS_MAX = 12;

/** Counters a keyspace keeps for INFO; reset by CONFIG RESETSTAT. */
export interface KeyspaceStats {
  hits: number;
  misses: number;
  expired: number;
  /** Changes so far: INFO `rdb_changes_since_last_save`. */
  changes: number;
}

/**
 * The keys of one slot (or, without a cluster, of one numbered database), so that a slot can be counted, listed,
 * moved and dropped whole.
 *
 * A key whose time has come is gone for every reader from that millisecond on, whether or not it was
 * removed yet. `nowMs` is Unix time, read once per request by the caller.
 */
export class KeyTable {
  #values = new Map<Bytes, Value>();
  /** Unix time in milliseconds at which the key ends. */
  #expiries = new Map<Bytes, number>();
  readonly #hooks: KeyspaceHooks;
  readonly #stats: KeyspaceStats;
  /** Where active expiry goes on next time. */
  #expiryCursor: Iterator<[Bytes, number]> | undefined;
  /** The slot, or the numbered database. */
  readonly index: number;

  constructor(index: number, hooks: KeyspaceHooks) {
    this.index = index;
    this.#hooks = hooks;
    this.#stats = hooks.stats;
  }

  /** Expired keys that nobody touched yet are counted, as in Redis' DBSIZE. */
  get size(): number {
    return this.#values.size;
  }

  get expiringSize(): number {
    return this.#expiries.size;
  }

  keys(): MapIterator<Bytes> {
    return this.#values.keys();
  }

  /** For commands that read the value: counts a hit or a miss. */
  read(key: Bytes, nowMs: number): Value | undefined {
    const value = this.peek(key, nowMs);
    if (value === undefined) {
      this.#stats.misses += 1;
      this.#hooks.observer?.missed(this, key);
    } else {
      this.#stats.hits += 1;
    }
    return value;
  }

  /** For commands that look before they write, and for EXISTS and TYPE: counts nothing. */
  peek(key: Bytes, nowMs: number): Value | undefined {
    if (this.#expiries.size > 0) this.#expireIfDue(key, nowMs);
    return this.#values.get(key);
  }

  /** What is there, expired or not: for who was just told that it changed. */
  peekRaw(key: Bytes): Value | undefined {
    return this.#values.get(key);
  }

  /** Throws WRONGTYPE, as the two below. */
  readString(key: Bytes, nowMs: number): Bytes | undefined {
    const value = this.read(key, nowMs);
    if (value === undefined || typeof value === "string") return value;
    throw WRONG_TYPE;
  }

  readList(key: Bytes, nowMs: number): List | undefined {
    return asList(this.read(key, nowMs));
  }

  readStream(key: Bytes, nowMs: number): Stream | undefined {
    return asStream(this.read(key, nowMs));
  }

  /** Look-ups of writing commands. Throw WRONGTYPE. */
  peekString(key: Bytes, nowMs: number): Bytes | undefined {
    const value = this.peek(key, nowMs);
    if (value === undefined || typeof value === "string") return value;
    throw WRONG_TYPE;
  }

  peekList(key: Bytes, nowMs: number): List | undefined {
    return asList(this.peek(key, nowMs));
  }

  peekStream(key: Bytes, nowMs: number): Stream | undefined {
    return asStream(this.peek(key, nowMs));
  }

  /** Stores the value and forgets an expiry. The caller owns nothing of `key` afterwards: it is copied if needed. */
  set(key: Bytes, value: Value): void {
    this.setKeepingExpiry(key, value);
    if (this.#expiries.size > 0) this.#expiries.delete(key);
  }

  /** Stores the value; an expiry stays. */
  setKeepingExpiry(key: Bytes, value: Value): void {
    const { observer } = this.#hooks;
    if (observer !== undefined && !this.#values.has(key)) observer.added(this, key);
    this.#values.set(this.#ownKey(key), value);
    this.#changed(key);
  }

  /** The key's value was changed in place. */
  touch(key: Bytes): void {
    this.#changed(key);
  }

  /** False when there was no such key. */
  delete(key: Bytes): boolean {
    if (this.#expiries.size > 0) this.#expiries.delete(key);
    const deleted = this.#values.delete(key);
    if (deleted) this.#changed(key);
    return deleted;
  }

  clear(): void {
    const before = this.#values;
    if (before.size === 0) return;
    this.#stats.changes += before.size;
    this.#values = new Map();
    this.#expiries = new Map();
    this.#expiryCursor = undefined;
    this.#hooks.observer?.replaced(this, before);
  }

  /** Unix time in milliseconds; `undefined` when the key is missing or stays for ever. */
  expiryOf(key: Bytes): number | undefined {
    return this.#expiries.get(key);
  }

  /** The key must exist. A time that has passed removes it at the next look. */
  expireAt(key: Bytes, atMs: number): void {
    this.#expiries.set(this.#expiries.has(key) ? key : own(key), atMs);
    this.#changed(key);
  }

  /** The key stays for ever. False when it did so already. */
  persist(key: Bytes): boolean {
    if (!this.#expiries.delete(key)) return false;
    this.#changed(key);
    return true;
  }

  /** Removes due keys among the next `keysMax` that have an expiry. Returns how many it removed. */
  expireSome(nowMs: number, keysMax: number): number {
    let removed = 0;
    const cursor = (this.#expiryCursor ??= this.#expiries.entries());
    for (let looked = 0; looked < keysMax; looked += 1) {
      const next = cursor.next();
      if (next.done === true) {
        this.#expiryCursor = undefined;
        break;
      }
      if (next.value[1] <= nowMs) {
        this.#expire(next.value[0]);
        removed += 1;
      }
    }
    return removed;
  }

  #expireIfDue(key: Bytes, nowMs: number): void {
    const atMs = this.#expiries.get(key);
    if (atMs !== undefined && atMs <= nowMs) this.#expire(key);
  }

  #expire(key: Bytes): void {
    this.#expiries.delete(key);
    this.#values.delete(key);
    this.#stats.expired += 1;
    const { observer } = this.#hooks;
    if (observer === undefined) return;
    observer.expired(this, key);
    observer.changed(this, key);
  }

  #changed(key: Bytes): void {
    this.#stats.changes += 1;
    this.#hooks.observer?.changed(this, key);
  }

  /** A key is copied once, when it is new: a view would keep the chunk of its request alive. */
  #ownKey(key: Bytes): Bytes {
    return key.length <= OWNED_CHARS_MAX || this.#values.has(key) ? key : own(key);
  }
}

function asList(value: Value | undefined): List | undefined {
  if (value === undefined || value instanceof List) return value;
  throw WRONG_TYPE;
}

function asStream(value: Value | undefined): Stream | undefined {
  if (value === undefined || value instanceof Stream) return value;
  throw WRONG_TYPE;
}

/**
 * Everything a node remembers: one KeyTable per slot in a cluster, one in all without. Tables are made when
 * first asked for.
 *
 * Owner: the node. One thread, synchronous: whoever runs has it to himself until he returns.
 */
export class Keyspace {
  readonly stats: KeyspaceStats = { hits: 0, misses: 0, expired: 0, changes: 0 };
  readonly hooks: KeyspaceHooks = { stats: this.stats, observer: undefined };
  readonly #tables: (KeyTable | undefined)[];
  #expiryTable = 0;

  constructor(options: { readonly tables: number }) {
    this.#tables = Array.from({ length: options.tables });
  }

  /** The table of a slot; without a cluster, of a database. */
  table(index: number): KeyTable {
    return (this.#tables[index] ??= new KeyTable(index, this.hooks));
  }

  /** O(tables), as everything below. */
  get size(): number {
    return this.#tables.reduce((sum, table) => sum + (table?.size ?? 0), 0);
  }

  get expiringSize(): number {
    return this.#tables.reduce((sum, table) => sum + (table?.expiringSize ?? 0), 0);
  }

  /** Drops every key. Values are garbage at once; tables and who waits for their keys stay. */
  clear(): void {
    for (const table of this.#tables) table?.clear();
  }

  /**
   * One slice of active expiry: looks at up to `keysMax` keys that have an expiry, going round the tables.
   * Returns how many were removed, so that the caller can go on while it pays.
   */
  expireSome(options: { readonly nowMs: number; readonly keysMax: number }): number {
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
}
