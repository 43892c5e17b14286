import { ascii, CommandError, own, WRONG_TYPE, type Bytes } from "@slotcast/protocol";
import type { Random } from "./hash-ordered-set.ts";
import { KeyIndex, type KeyRange } from "./key-index.ts";
import type { KeyspaceHooks, KeyspaceStats } from "./keyspace-hooks.ts";
import { KEYS_PER_TABLE_MAX } from "./limits.ts";
import { List } from "./list.ts";
import { MemberSet } from "./member-set.ts";
import { Stream } from "./stream.ts";

/** What a key holds. A string is held as itself: no wrapper to pay for. A further type is a further member. */
export type Value = Bytes | List | MemberSet | Stream;

/** As it is kept: a string that is an integer, as a counter's, may be the number. */
type Kept = Value | number;

const TOO_MANY_KEYS = new CommandError(
  "OOM",
  `command not allowed when the database holds ${KEYS_PER_TABLE_MAX} keys.`,
);

/** Strings shorter than this own their bytes already (see `own`), so only longer keys are looked up twice. */
const OWNED_CHARS_MAX = 12;

/** RANDOMKEY walks to the key that it drew in a table of up to so many keys: 5 µs. A greater one needs an index. */
const KEYS_WALKED_MAX = 1000;

/** How much the newest sample of active expiry counts in the average time to live. As Redis. */
const NEWEST_TTL_SHARE = 1 / 50;

/**
 * The keys of one slot (or, without a cluster, of one numbered database), so that a slot can be counted, listed,
 * moved and dropped whole.
 *
 * A key whose time has come is gone for every reader from that millisecond on, whether or not it was
 * removed yet. `nowMs` is Unix time, read once per request by the caller.
 */
export class KeyTable {
  #values = new Map<Bytes, Kept>();
  /** Unix time in milliseconds at which the key ends. */
  #expiries = new Map<Bytes, number>();
  readonly #hooks: KeyspaceHooks;
  readonly #stats: KeyspaceStats;
  /** Where active expiry goes on next time. */
  #expiryCursor: Iterator<[Bytes, number], undefined> | undefined;
  #averageTtlMs = 0;
  /** Only while somebody scans. */
  #index: KeyIndex | undefined;
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

  /** How long the keys that have an expiry still have, as active expiry sampled it; 0: unknown, or there are none. */
  get averageTtlMs(): number {
    return this.#expiries.size === 0 ? 0 : this.#averageTtlMs;
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

  /** For commands that tell about a key without using it (OBJECT, MEMORY): counts a hit or a miss, and that is all. */
  inspect(key: Bytes, nowMs: number): Value | undefined {
    const value = this.peek(key, nowMs);
    if (value === undefined) this.#stats.misses += 1;
    else this.#stats.hits += 1;
    return value;
  }

  /** For commands that look before they write, and for EXISTS and TYPE: counts nothing. */
  peek(key: Bytes, nowMs: number): Value | undefined {
    if (this.#expiries.size > 0) this.#expireIfDue(key, nowMs);
    return asValue(this.#values.get(key));
  }

  /** What is there, expired or not: for who was just told that it changed. */
  peekRaw(key: Bytes): Value | undefined {
    return asValue(this.#values.get(key));
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

  readSet(key: Bytes, nowMs: number): MemberSet | undefined {
    return asSet(this.read(key, nowMs));
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

  /** As `peekString`; a counter comes as the number that it is kept as. */
  peekCounter(key: Bytes, nowMs: number): Bytes | number | undefined {
    if (this.#expiries.size > 0) this.#expireIfDue(key, nowMs);
    const kept = this.#values.get(key);
    if (kept === undefined || typeof kept !== "object") return kept;
    throw WRONG_TYPE;
  }

  peekList(key: Bytes, nowMs: number): List | undefined {
    return asList(this.peek(key, nowMs));
  }

  peekSet(key: Bytes, nowMs: number): MemberSet | undefined {
    return asSet(this.peek(key, nowMs));
  }

  peekStream(key: Bytes, nowMs: number): Stream | undefined {
    return asStream(this.peek(key, nowMs));
  }

  /** Stores the value and forgets an expiry. The caller owns nothing of `key` afterwards: it is copied if needed. */
  set(key: Bytes, value: Value): void {
    // First: whoever is told of the change may ask for the expiry.
    if (this.#expiries.size > 0) this.#expiries.delete(key);
    this.setKeepingExpiry(key, value);
  }

  /**
   * Stores the value; an expiry stays. A safe integer stands for its decimal text: no string to make, nothing for the
   * garbage collector to follow (INCR of a million keys: a tenth faster).
   */
  setKeepingExpiry(key: Bytes, value: Kept): void {
    const { observer } = this.#hooks;
    if (this.#values.size >= KEYS_PER_TABLE_MAX && !this.#values.has(key)) throw TOO_MANY_KEYS;
    if (observer !== undefined && !this.#values.has(key)) observer.added(this, key);
    if (this.#index !== undefined && !this.#values.has(key)) this.#index.add(key);
    this.#values.set(this.#ownKey(key), value);
    this.#changed(key);
  }

  /** Stores another value of a key that is there; an expiry stays. Saves looking the key up again. */
  replace(key: Bytes, value: Kept): void {
    // A Map keeps the key that it has, so a view of a chunk does no harm.
    this.#values.set(key, value);
    this.#changed(key);
  }

  /** The key's value was changed in place. */
  touch(key: Bytes): void {
    this.#changed(key);
  }

  /** The groups of the key's stream changed. Who watches the key does not see that, as in Redis. */
  touchGroups(key: Bytes): void {
    this.#stats.changes += 1;
    this.#hooks.observer?.groupsChanged(this, key);
  }

  /** False when there was no such key. */
  delete(key: Bytes): boolean {
    if (this.#expiries.size > 0) this.#expiries.delete(key);
    const deleted = this.#values.delete(key);
    if (!deleted) return false;
    this.#index?.delete(key);
    this.#changed(key);
    return true;
  }

  clear(): void {
    const before = this.#values;
    if (before.size === 0) return;
    this.#stats.changes += before.size;
    this.#values = new Map();
    this.#expiries = new Map();
    this.#expiryCursor = undefined;
    this.#averageTtlMs = 0;
    this.#index = undefined;
    this.#hooks.observer?.replaced(this, before);
  }

  /** SWAPDB: each table holds from now on what the other one did. Who waits for a key of a table stays there. */
  swapWith(other: KeyTable): void {
    const values = this.#values;
    const expiries = this.#expiries;
    const averageTtlMs = this.#averageTtlMs;
    this.#values = other.#values;
    this.#expiries = other.#expiries;
    this.#averageTtlMs = other.#averageTtlMs;
    this.#expiryCursor = undefined;
    this.#index = undefined;
    other.#values = values;
    other.#expiries = expiries;
    other.#averageTtlMs = averageTtlMs;
    other.#expiryCursor = undefined;
    other.#index = undefined;
    this.#stats.changes += 1;
    this.#hooks.observer?.replaced(this, values);
    this.#hooks.observer?.replaced(other, this.#values);
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

  /** Removes due keys among the next `keysMax` that have an expiry, round and round. Returns how many it removed. */
  expireSome(nowMs: number, keysMax: number): number {
    let removed = 0;
    let kept = 0;
    let ttlSumMs = 0;
    for (let looked = 0; looked < keysMax; looked += 1) {
      const next = this.#nextExpiring();
      if (next === undefined) break;
      const [key, atMs] = next;
      if (atMs <= nowMs) {
        this.#expire(key);
        removed += 1;
      } else {
        ttlSumMs += atMs - nowMs;
        kept += 1;
      }
    }
    if (kept > 0) this.#sampleTtl(ttlSumMs / kept);
    return removed;
  }

  /**
   * SCAN: see KeyIndex.scan. Expired keys are visited too. Cost: O(keys visited), and once a step of making the index
   * when it is not there; when it all fits into `countMax`, none is needed.
   */
  scan(range: KeyRange, nowMs: number, visit: (key: Bytes) => void): number | undefined {
    if (this.#values.size > range.countMax) return this.#indexAt(nowMs).scan(range, visit);
    for (const key of this.#values.keys()) visit(key);
    return undefined;
  }

  /** Any key, expired or not; `undefined` when there is none. See KeyIndex.randomKey. */
  randomKey(random: Random, nowMs: number): Bytes | undefined {
    const { size } = this.#values;
    if (size > KEYS_WALKED_MAX) return this.#indexAt(nowMs).randomKey(random);
    const keys = this.#values.keys();
    for (let left = Math.floor(random() * size); left > 0; left -= 1) keys.next();
    return keys.next().value;
  }

  /** The index is not needed any more, or its memory is. */
  dropIndex(): void {
    this.#index = undefined;
  }

  #indexAt(nowMs: number): KeyIndex {
    const { indexes } = this.#hooks;
    indexes.use(this, nowMs);
    return (this.#index ??= new KeyIndex(this.#values.keys(), {
      count: this.#values.size,
      seed: indexes.seed,
    }));
  }

  #nextExpiring(): [Bytes, number] | undefined {
    const next = this.#expiryCursor?.next();
    if (next?.done === false) return next.value;
    this.#expiryCursor = this.#expiries.entries();
    return this.#expiryCursor.next().value;
  }

  #sampleTtl(ttlMs: number): void {
    const isFirst = this.#averageTtlMs === 0;
    this.#averageTtlMs += (ttlMs - this.#averageTtlMs) * (isFirst ? 1 : NEWEST_TTL_SHARE);
  }

  #expireIfDue(key: Bytes, nowMs: number): void {
    const atMs = this.#expiries.get(key);
    if (atMs !== undefined && atMs <= nowMs) this.#expire(key);
  }

  #expire(key: Bytes): void {
    this.#expiries.delete(key);
    this.#values.delete(key);
    this.#index?.delete(key);
    this.#stats.expired += 1;
    const { observer, expired } = this.#hooks;
    expired?.(this, key);
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

function asValue(kept: Kept | undefined): Value | undefined {
  return typeof kept === "number" ? ascii(String(kept)) : kept;
}

function asList(value: Value | undefined): List | undefined {
  if (value === undefined || value instanceof List) return value;
  throw WRONG_TYPE;
}

function asSet(value: Value | undefined): MemberSet | undefined {
  if (value === undefined || value instanceof MemberSet) return value;
  throw WRONG_TYPE;
}

function asStream(value: Value | undefined): Stream | undefined {
  if (value === undefined || value instanceof Stream) return value;
  throw WRONG_TYPE;
}
