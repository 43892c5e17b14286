import { ascii, CommandError, WRONG_TYPE, type Bytes } from "@slotcast/protocol";
import type { Random } from "./hash-ordered-set.ts";
import { KeyExpiries } from "./key-expiries.ts";
import { KeyIndex, type KeyRange } from "./key-index.ts";
import { KeyMap } from "./key-map.ts";
import { KEYS_PER_STORE_MAX, type KeyStore } from "./key-store.ts";
import type { KeyGuard, KeyIterator, KeyspaceHooks, KeyspaceStats } from "./keyspace-hooks.ts";
import { List } from "./list.ts";
import { MemberSet } from "./member-set.ts";
import { Stream } from "./stream.ts";

/** What a key holds. A string is held as itself: no wrapper to pay for. A further type is a further member. */
export type Value = Bytes | List | MemberSet | Stream;

/** As it is kept: a string that is an integer, as a counter's, may be the number. */
export type Kept = Value | number;

const TOO_MANY_KEYS = new CommandError(
  "OOM",
  `command not allowed when the database holds ${KEYS_PER_STORE_MAX} keys.`,
);

/** RANDOMKEY walks to the key that it drew in a table of up to so many keys: 5 µs. A greater one needs an index. */
const KEYS_WALKED_MAX = 1000;

/**
 * The keys of one slot (or, without a cluster, of one numbered database), so that a slot can be counted, listed,
 * moved and dropped whole.
 *
 * A key whose time has come is gone for every reader from that millisecond on, whether or not it was
 * removed yet. `nowMs` is Unix time, read once per request by the caller.
 */
export class KeyTable {
  // What a look-up needs comes first: among a million keys nothing else of a table is in the cache.
  /** No key expires and nobody guards them: a look-up is a look-up. Else `#isGone` has to be asked first. */
  #isPlain = true;
  #store: KeyStore;
  readonly #hooks: KeyspaceHooks;
  readonly #stats: KeyspaceStats;
  /** Those of this table. */
  #keys: KeyMap;
  /** Made with the first key that expires: most tables of most clusters have none, and are looked at all the time. */
  #expiries: KeyExpiries | undefined;
  #guard: KeyGuard | undefined;
  /** Only while somebody scans. */
  #index: KeyIndex | undefined;
  /** The slot, or the numbered database. */
  readonly index: number;

  /** The store may be shared with tables that can never have the same keys. */
  constructor(index: number, store: KeyStore, hooks: KeyspaceHooks) {
    this.index = index;
    this.#store = store;
    this.#hooks = hooks;
    this.#stats = hooks.stats;
    this.#keys = new KeyMap(store);
  }

  get store(): KeyStore {
    return this.#store;
  }

  /** Expired keys that nobody touched yet are counted, as in Redis' DBSIZE. */
  get size(): number {
    return this.#keys.size;
  }

  get expiringSize(): number {
    return this.#expiries?.size ?? 0;
  }

  /** How long the keys that have an expiry still have, as active expiry sampled it; 0: unknown, or there are none. */
  get averageTtlMs(): number {
    return this.#expiries?.averageTtlMs ?? 0;
  }

  keys(): KeyIterator {
    return this.#keys.keys();
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
    if (!this.#isPlain && this.#isGone(key, nowMs)) return undefined;
    return asValue(this.#store.get(key));
  }

  /** What is there, expired or not: for who was just told that it changed. */
  peekRaw(key: Bytes): Value | undefined {
    return asValue(this.#store.get(key));
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
    if (!this.#isPlain && this.#isGone(key, nowMs)) return undefined;
    const kept = this.#store.get(key);
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
    if (!this.#isPlain) {
      this.#guard?.beforeUse(this, key);
      // First: whoever is told of the change may ask for the expiry.
      this.#forgetExpiry(key);
    }
    this.#put(key, value);
  }

  /** Stores the value; an expiry stays. A safe integer stands for its decimal text: no string to make or to collect. */
  setKeepingExpiry(key: Bytes, value: Kept): void {
    if (!this.#isPlain) this.#guard?.beforeUse(this, key);
    this.#put(key, value);
  }

  /** Stores another value of the key that was found last; an expiry stays. Saves looking the key up again. */
  replaceFound(key: Bytes, value: Kept): void {
    this.#store.replaceFound(value);
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
    if (!this.#isPlain) {
      this.#guard?.beforeUse(this, key);
      this.#forgetExpiry(key);
    }
    const deleted = this.#keys.delete(key);
    if (!deleted) return false;
    this.#index?.delete(key);
    this.#changed(key);
    return true;
  }

  /** `movedTo`: where all that was in the store of this table is already. */
  clear(movedTo?: KeyStore): void {
    const before = this.#keys;
    const expiries = this.#expiries;
    if (before.size === 0) return;
    this.#stats.changes += before.size;
    if (movedTo === undefined) before.moveOut();
    else before.follow(movedTo);
    this.#keys = new KeyMap(this.#store);
    this.#expiries = undefined;
    this.dropIndex();
    this.#guard?.emptied(this, {
      keys: () => before.keys(),
      peekRaw: (key) => asValue(before.get(key)),
      expiryOf: (key) => expiries?.get(key),
    });
    this.#reconsider();
    this.#hooks.observer?.replaced(this, before);
  }

  /** SWAPDB: each table holds from now on what the other one did. Who waits for a key of a table stays there. */
  swapWith(other: KeyTable): void {
    const values = this.#keys;
    const expiries = this.#expiries;
    [this.#store, other.#store] = [other.#store, this.#store];
    this.#keys = other.#keys;
    this.#expiries = other.#expiries;
    this.dropIndex();
    other.#keys = values;
    other.#expiries = expiries;
    other.dropIndex();
    (this.#guard ?? other.#guard)?.swapped(this, other);
    this.#reconsider();
    other.#reconsider();
    this.#stats.changes += 1;
    this.#hooks.observer?.replaced(this, values);
    this.#hooks.observer?.replaced(other, this.#keys);
  }

  /** Unix time in milliseconds; `undefined` when the key is missing or stays for ever. */
  expiryOf(key: Bytes): number | undefined {
    return this.#expiries?.get(key);
  }

  /** The key must exist. A time that has passed removes it at the next look. */
  expireAt(key: Bytes, atMs: number): void {
    this.#guard?.beforeUse(this, key);
    this.#isPlain = false;
    (this.#expiries ??= new KeyExpiries()).set(key, atMs);
    this.#changed(key);
  }

  /** The key stays for ever. False when it did so already. */
  persist(key: Bytes): boolean {
    this.#guard?.beforeUse(this, key);
    if (!this.#forgetExpiry(key)) return false;
    this.#changed(key);
    return true;
  }

  /** Removes due keys among the next `keysMax` that have an expiry, round and round. Returns how many it removed. */
  expireSome(nowMs: number, keysMax: number): number {
    let removed = 0;
    let kept = 0;
    let ttlSumMs = 0;
    for (let looked = 0; looked < keysMax; looked += 1) {
      const next = this.#expiries?.next();
      if (next === undefined) break;
      const [key, atMs] = next;
      if (atMs <= nowMs) {
        this.#guard?.beforeUse(this, key);
        this.#expire(key);
        removed += 1;
      } else {
        ttlSumMs += atMs - nowMs;
        kept += 1;
      }
    }
    if (kept > 0) this.#expiries?.noteTtl(ttlSumMs / kept);
    return removed;
  }

  /**
   * SCAN: see KeyIndex.scan. Expired keys are visited too. Cost: O(keys visited), and once a step of making the index
   * when it is not there; when it all fits into `countMax`, none is needed.
   */
  scan(range: KeyRange, nowMs: number, visit: (key: Bytes) => void): number | undefined {
    if (this.#keys.size > range.countMax) return this.#indexAt(nowMs).scan(range, visit);
    for (const key of this.#keys.keys()) visit(key);
    return undefined;
  }

  /** Any key, expired or not; `undefined` when there is none. See KeyIndex.randomKey. */
  randomKey(random: Random, nowMs: number): Bytes | undefined {
    const { size } = this.#keys;
    if (size > KEYS_WALKED_MAX) return this.#indexAt(nowMs).randomKey(random);
    let left = Math.floor(random() * size);
    for (const key of this.#keys.keys()) {
      if (left === 0) return key;
      left -= 1;
    }
    return undefined;
  }

  /** Who must see keys before they change. `undefined`: nobody, nearly always. */
  get guard(): KeyGuard | undefined {
    return this.#guard;
  }

  set guard(guard: KeyGuard | undefined) {
    this.#guard = guard;
    this.#reconsider();
  }

  /** The index is not needed any more, or its memory is. */
  dropIndex(): void {
    this.#index?.close();
    this.#index = undefined;
  }

  #indexAt(nowMs: number): KeyIndex {
    const { indexes } = this.#hooks;
    indexes.use(this, nowMs);
    return (this.#index ??= new KeyIndex(this.#keys.keys(), {
      count: this.#keys.size,
      seed: indexes.seed,
    }));
  }

  #put(key: Bytes, value: Kept): void {
    if (!this.#store.replace(key, value)) this.#add(key, value);
    this.#changed(key);
  }

  #add(key: Bytes, value: Kept): void {
    if (!this.#keys.add(key, value)) throw TOO_MANY_KEYS;
    this.#index?.add(key);
    this.#hooks.observer?.added(this, key);
  }

  /** The guard of the table is told; whether the key's time has come, and what then, is for `ExpiryMode` to say. */
  #isGone(key: Bytes, nowMs: number): boolean {
    if (this.#guard !== undefined && this.#store.has(key)) this.#guard.beforeUse(this, key);
    const atMs = this.#expiries?.get(key);
    if (atMs === undefined || atMs > nowMs) return false;
    const { expiry } = this.#hooks;
    if (expiry === "remove") this.#expire(key);
    return expiry !== "keep";
  }

  #forgetExpiry(key: Bytes): boolean {
    if (this.#expiries?.delete(key) !== true) return false;
    this.#reconsider();
    return true;
  }

  #reconsider(): void {
    this.#isPlain = this.expiringSize === 0 && this.#guard === undefined;
  }

  #expire(key: Bytes): void {
    this.#forgetExpiry(key);
    this.#keys.delete(key);
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
