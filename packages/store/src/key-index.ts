import type { Bytes } from "@slotcast/protocol";
import type { HashSeed } from "./half-sip-hash.ts";
import { HashOrderedSet, type Random } from "./hash-ordered-set.ts";
import type { KeyIterator } from "./keyspace-hooks.ts";
import { INDEX_IDLE_MS, INDEX_KEYS_PER_STEP, INDEXES_MAX } from "./limits.ts";

/** A piece of a scan. */
export interface KeyRange {
  /** Where to go on: 0 at first, then what the scan returned. */
  readonly fromHash: number;
  /** About so many keys. */
  readonly countMax: number;
}

/**
 * The keys of one table in the order of their hashes, for SCAN and RANDOMKEY: a JavaScript Map can do neither. It is
 * made when somebody first asks and given up when nobody does any more (docs/decisions/0006-scan.md).
 *
 * Making it takes up to a microsecond a key, so it is done in steps, one each time it is asked. The table tells it of
 * every key that comes or goes in the meantime.
 *
 * Cost while it is there: as much again for each new or deleted key, and its bytes and some 20.
 */
export class KeyIndex {
  readonly #keys: HashOrderedSet;
  /** Goes through the table in the order in which keys came. */
  readonly #unread: KeyIterator;
  /** Steps of `#unread` after which every key that was there at the start is indexed. Later ones were told. */
  #unreadMax: number;

  /** `keys` must stay good while keys come and go. */
  constructor(keys: KeyIterator, { count, seed }: { count: number; seed: HashSeed }) {
    this.#keys = new HashOrderedSet(seed);
    this.#unread = keys;
    this.#unreadMax = count;
  }

  add(key: Bytes): void {
    this.#keys.add(key);
  }

  delete(key: Bytes): void {
    this.#keys.delete(key);
  }

  /**
   * Visits keys from `fromHash` on, and returns where to go on; `undefined`: this was the end. While the index is
   * not complete it visits none and returns `fromHash`. A key that is there from the first call to the last is
   * visited, whatever happened in between. The visitor must not change the table.
   */
  scan({ fromHash, countMax }: KeyRange, visit: (key: Bytes) => void): number | undefined {
    this.#read(Math.max(countMax, INDEX_KEYS_PER_STEP));
    if (this.#unreadMax > 0) return fromHash;
    return this.#keys.scan({ fromHash, countMax }, visit);
  }

  /** Any key of those indexed so far, all with the same probability. The table is not empty. */
  randomKey(random: Random): Bytes {
    do this.#read(INDEX_KEYS_PER_STEP);
    while (this.#keys.size === 0);
    return this.#keys.randomMember(random);
  }

  /** It is not used any more. */
  close(): void {
    this.#unread.return(undefined);
  }

  #read(keysMax: number): void {
    for (let read = 0; read < keysMax && this.#unreadMax > 0; read += 1) {
      const next = this.#unread.next();
      this.#unreadMax = next.done === true ? 0 : this.#unreadMax - 1;
      if (next.done !== true) this.#keys.add(next.value);
    }
    if (this.#unreadMax === 0) this.close();
  }
}

/** A table that may have an index. */
interface Indexed {
  dropIndex(): void;
}

/**
 * Which tables have an index: so many at most, and each only while it is used. Owner: the keyspace.
 */
export class KeyIndexes {
  readonly seed: HashSeed;
  /** Unix time in milliseconds. Least recently used first. */
  readonly #usedAtMs = new Map<Indexed, number>();

  constructor(seed: HashSeed) {
    this.seed = seed;
  }

  /** The index of the table is used now. That of another one may have to go. */
  use(table: Indexed, nowMs: number): void {
    this.#usedAtMs.delete(table);
    this.#usedAtMs.set(table, nowMs);
    if (this.#usedAtMs.size <= INDEXES_MAX) return;
    const [oldest] = this.#usedAtMs.keys();
    if (oldest !== undefined) this.#drop(oldest);
  }

  dropIdle(nowMs: number): void {
    for (const [table, usedAtMs] of this.#usedAtMs) {
      if (nowMs - usedAtMs < INDEX_IDLE_MS) return;
      this.#drop(table);
    }
  }

  #drop(table: Indexed): void {
    this.#usedAtMs.delete(table);
    table.dropIndex();
  }
}
