import { own, type Bytes } from "@slotcast/protocol";
import { NO_ENTRY } from "./key-entries.ts";
import { KeyStore } from "./key-store.ts";
import type { Kept } from "./key-table.ts";
import type { KeyIterator } from "./keyspace-hooks.ts";

/** Where somebody is who goes through the keys. */
interface Cursor {
  /** What he saw last, or what came before that when it went; NO_ENTRY: he is at the start. */
  entry: number;
}

/**
 * The keys of one table, in the order in which they came: a Map, as seen from outside, whose entries are in a store with
 * those of other tables. No two maps of a store may have the same key: the slot of a key says whose it is.
 */
export class KeyMap {
  #store: KeyStore;
  #size = 0;
  #first = NO_ENTRY;
  #last = NO_ENTRY;
  /** Of who goes through the keys and has not come to their end. */
  #cursors: Set<Cursor> | undefined;

  constructor(store: KeyStore) {
    this.#store = store;
  }

  get size(): number {
    return this.#size;
  }

  has(key: Bytes): boolean {
    return this.#store.has(key);
  }

  get(key: Bytes): Kept | undefined {
    return this.#store.get(key);
  }

  /** A key that is not there; it is copied when it is a view. False: there is no room. */
  add(key: Bytes, value: Kept): boolean {
    const store = this.#store;
    const entry = store.add(own(key), value);
    if (entry === NO_ENTRY) return false;
    store.entries.link(this.#last, entry);
    if (this.#first === NO_ENTRY) this.#first = entry;
    this.#last = entry;
    this.#size += 1;
    return true;
  }

  /** False when there was no such key. */
  delete(key: Bytes): boolean {
    const store = this.#store;
    const entry = store.find(key);
    if (entry === NO_ENTRY) return false;
    const { entries } = store;
    const previous = entries.previousOf(entry);
    const next = entries.nextOf(entry);
    for (const cursor of this.#cursors ?? []) {
      if (cursor.entry === entry) cursor.entry = previous;
    }
    entries.link(previous, next);
    if (this.#first === entry) this.#first = next;
    if (this.#last === entry) this.#last = previous;
    store.remove(entry);
    this.#size -= 1;
    return true;
  }

  /**
   * In the order in which they came; keys may come and go meanwhile, as with a Map. Who stops before the end calls
   * `return`, as for-of does: until then each `delete` looks where he is.
   */
  *keys(): KeyIterator {
    const cursor: Cursor = { entry: NO_ENTRY };
    (this.#cursors ??= new Set()).add(cursor);
    try {
      for (;;) {
        const { entries } = this.#store;
        const next = cursor.entry === NO_ENTRY ? this.#first : entries.nextOf(cursor.entry);
        if (next === NO_ENTRY) return undefined;
        cursor.entry = next;
        yield entries.keyAt(next);
      }
    } finally {
      this.#leave(cursor);
    }
  }

  #leave(cursor: Cursor): void {
    this.#cursors?.delete(cursor);
    if (this.#cursors?.size === 0) this.#cursors = undefined;
  }

  /** The whole store has moved there: see KeyStore.moveOut. */
  follow(store: KeyStore): void {
    this.#store = store;
  }

  /**
   * What it holds is from now on in a store of its own. O(1) when nobody else had anything in the old one, else
   * O(keys).
   */
  moveOut(): void {
    if (this.#size === this.#store.size) this.follow(this.#store.moveOut());
    else this.#moveEach(this.#store.emptyKin());
  }

  #moveEach(to: KeyStore): void {
    const from = this.#store;
    const cursors = [...(this.#cursors ?? [])];
    const seen = cursors.map(({ entry }) => entry);
    let last = NO_ENTRY;
    for (let entry = this.#first; entry !== NO_ENTRY;) {
      const { entries } = from;
      const moved = to.add(entries.keyAt(entry), entries.valueAt(entry));
      to.entries.link(last, moved);
      if (last === NO_ENTRY) this.#first = moved;
      last = moved;
      for (const [index, cursor] of cursors.entries()) {
        if (seen[index] === entry) cursor.entry = moved;
      }
      const next = entries.nextOf(entry);
      from.remove(entry);
      entry = next;
    }
    this.#last = last;
    this.#store = to;
  }
}
