import { UPCOMING_KEYS_MAX, type UpcomingKeys } from "@slotcast/protocol";
import { NO_ENTRY, type KeyEntries } from "./key-entries.ts";
import type { KeyHash } from "./key-hash.ts";
import { candidateIn, firstAt, type KeyPages } from "./key-pages.ts";

/** Entries that are passed over when they were not asked for after all. With more in a row, the rest is given up. */
const SKIPPED_MAX = 4;

/**
 * Looks up keys that are about to be asked for, all at once. Among a million keys, each look-up waits for memory several
 * times, and each time for what the time before has brought; but those of different keys need not wait for each other.
 * So there is a walk over all keys for each of those times: a core has some ten loads on their way at once.
 *
 * What it finds are guesses that `find` of the store checks: a key may come or go before it is asked for.
 *
 * Owner: KeyStore.
 */
export class KeysAhead {
  /** Nobody needs it; but if nobody could, nothing would be loaded. */
  checksum = 0;
  readonly #hashes = new Int32Array(UPCOMING_KEYS_MAX);
  /** Of the keys that are there, in the order in which they will be asked for. */
  readonly #entries = new Int32Array(UPCOMING_KEYS_MAX);
  #count = 0;
  #next = 0;

  /** The entry of the key that is asked for next, most likely; NO_ENTRY: no idea. */
  get guess(): number {
    return this.#next < this.#count ? (this.#entries[this.#next] ?? NO_ENTRY) : NO_ENTRY;
  }

  /** It was that entry, whatever was guessed. */
  asked(entry: number): void {
    const end = Math.min(this.#count, this.#next + SKIPPED_MAX + 1);
    for (let at = this.#next; at < end; at += 1) {
      if (this.#entries[at] !== entry) continue;
      this.#next = at + 1;
      return;
    }
  }

  lookUp(
    { text, bounds, count }: UpcomingKeys,
    table: { readonly hash: KeyHash; readonly pages: KeyPages; readonly entries: KeyEntries },
  ): void {
    const { hash, pages, entries } = table;
    const hashes = this.#hashes;
    const found = this.#entries;
    let checksum = 0;
    for (let at = 0; at < count; at += 1) {
      hashes[at] = hash.ofPart(text, bounds[2 * at] ?? 0, bounds[2 * at + 1] ?? 0);
    }
    for (let at = 0; at < count; at += 1) {
      const keyHash = hashes[at] ?? 0;
      checksum ^= pages.wordsOf(keyHash)[firstAt(keyHash)] ?? 0;
    }
    let there = 0;
    for (let at = 0; at < count; at += 1) {
      const keyHash = hashes[at] ?? 0;
      const entry = candidateIn(pages.wordsOf(keyHash), keyHash);
      // The second time in a row, nobody will ask for a guess: `find` knows what it found last.
      if (entry === NO_ENTRY || (there > 0 && entry === found[there - 1])) continue;
      found[there] = entry;
      there += 1;
      if (entries.isFree(entry)) checksum ^= 1;
    }
    for (let at = 0; at < there; at += 1) {
      const entry = found[at] ?? NO_ENTRY;
      const value = entries.valueAt(entry);
      checksum ^= entries.keyAt(entry).length ^ (typeof value === "string" ? value.length : 0);
    }
    this.checksum = checksum;
    this.#count = there;
    this.#next = 0;
  }
}
