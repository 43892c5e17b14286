import type { Bytes, UpcomingKeys } from "@slotcast/protocol";
import { KeyEntries, NO_ENTRY, NUMBERS_UNUSED_MAX } from "./key-entries.ts";
import type { KeyHash } from "./key-hash.ts";
import {
  ENTRY_NUMBERS,
  entryOf,
  firstAt,
  KeyPages,
  nextAt,
  tagOf,
  tagOfHash,
} from "./key-pages.ts";
import type { Kept } from "./key-table.ts";
import { KeysAhead } from "./keys-ahead.ts";

/** More do not fit into the caches near the core. */
const KEYS_CACHED = 20_000;

/** Keys of a cluster node, or of a numbered database. One more is refused with an OOM error. */
export const KEYS_PER_STORE_MAX = ENTRY_NUMBERS - NUMBERS_UNUSED_MAX;

/**
 * Where keys and their values are: the keys of all slots of a cluster node, or of one numbered database. Which keys
 * belong to which slot is for their `KeyMap` to say. Why not a Map for each: docs/decisions/0010-keys.md.
 *
 * Cost: O(1); among a million keys a look-up misses the cache three times: page, entry, key. It grows and shrinks in
 * steps of a tenth of a millisecond. Memory: see value-size.ts.
 */
export class KeyStore {
  readonly #hash: KeyHash;
  readonly #ahead = new KeysAhead();
  #pages: KeyPages;
  #entries: KeyEntries;
  #size = 0;
  /** What was found last: commands look before they write. */
  #lastKey: Bytes | undefined;
  #lastEntry = NO_ENTRY;

  constructor(hash: KeyHash) {
    this.#hash = hash;
    this.#entries = new KeyEntries();
    this.#pages = pagesOf(this.#entries);
  }

  get size(): number {
    return this.#size;
  }

  /** Good while there is no `moveOut`. */
  get entries(): KeyEntries {
    return this.#entries;
  }

  /** The entry of the key; NO_ENTRY: there is none. */
  find(key: Bytes): number {
    // First, where there is one: to compare equally long strings that are views takes V8 40 ns.
    const { guess } = this.#ahead;
    const isRight = guess !== NO_ENTRY && this.#entries.holds(guess, key);
    if (!isRight && key === this.#lastKey) return this.#lastEntry;
    const entry = isRight ? guess : this.#lookUp(key);
    if (entry === NO_ENTRY) return NO_ENTRY;
    this.#ahead.asked(entry);
    this.#lastKey = key;
    this.#lastEntry = entry;
    return entry;
  }

  /** So many keys that looking them up one after the other is mostly waiting for memory: see `expect`. */
  get isLarge(): boolean {
    return this.#size >= KEYS_CACHED;
  }

  /** These keys are about to be asked for, most of them, in this order. */
  expect(keys: UpcomingKeys): void {
    this.#ahead.lookUp(keys, { hash: this.#hash, pages: this.#pages, entries: this.#entries });
  }

  has(key: Bytes): boolean {
    return this.find(key) !== NO_ENTRY;
  }

  get(key: Bytes): Kept | undefined {
    const entry = this.find(key);
    return entry === NO_ENTRY ? undefined : this.#entries.valueAt(entry);
  }

  /** False, and nothing happened: there is no such key. */
  replace(key: Bytes, value: Kept): boolean {
    const entry = this.find(key);
    if (entry === NO_ENTRY) return false;
    this.#entries.setValue(entry, value);
    return true;
  }

  /** For the key that the latest `find` found, of whoever asked. */
  replaceFound(value: Kept): void {
    this.#entries.setValue(this.#lastEntry, value);
  }

  /** The key is not there, and owns its bytes. NO_ENTRY: there is no room, and nothing happened. */
  add(key: Bytes, value: Kept): number {
    if (this.#size >= KEYS_PER_STORE_MAX) return NO_ENTRY;
    const hash = this.#hash.of(key);
    const entry = this.#entries.add(key, value, hash);
    if (!this.#pages.add(entry, hash)) {
      this.#entries.remove(entry);
      return NO_ENTRY;
    }
    this.#size += 1;
    return entry;
  }

  /** It must be in no list any more. */
  remove(entry: number): void {
    this.#pages.remove(entry, this.#entries.hashAt(entry));
    this.#entries.remove(entry);
    this.#size -= 1;
    if (entry === this.#lastEntry) this.#forgetLast();
  }

  /** All that is here is from now on there, with the same numbers; here is nothing. O(1). */
  moveOut(): KeyStore {
    const other = this.emptyKin();
    [other.#pages, this.#pages] = [this.#pages, other.#pages];
    [other.#entries, this.#entries] = [this.#entries, other.#entries];
    [other.#size, this.#size] = [this.#size, 0];
    this.#forgetLast();
    return other;
  }

  /** One that hashes as this one does. */
  emptyKin(): KeyStore {
    return new KeyStore(this.#hash);
  }

  #lookUp(key: Bytes): number {
    const hash = this.#hash.of(key);
    const words = this.#pages.wordsOf(hash);
    const entries = this.#entries;
    const tag = tagOfHash(hash);
    for (let at = firstAt(hash); ; at = nextAt(at)) {
      const word = words[at] ?? 0;
      if (word === 0) return NO_ENTRY;
      if (tagOf(word) !== tag) continue;
      const entry = entryOf(word);
      if (entries.keyAt(entry) === key) return entry;
    }
  }

  #forgetLast(): void {
    this.#lastKey = undefined;
    this.#lastEntry = NO_ENTRY;
  }
}

function pagesOf(entries: KeyEntries): KeyPages {
  return new KeyPages((entry) => entries.hashAt(entry));
}
