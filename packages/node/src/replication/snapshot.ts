import { ascii, own, type Bytes } from "@slotcast/protocol";
import type { KeyGuard, KeyIterator, KeySource, Keyspace, KeyTable } from "@slotcast/store";
import { AT, encodeEffect, encodeSelect } from "./effect-encoder.ts";
import { SNAPSHOT_CHUNK_BYTES, SNAPSHOT_KEYS_PER_TAKE } from "./limits.ts";
import { restoringEffects } from "./restoring-effects.ts";

/** The keys of one table as they were when the snapshot began. */
interface Part {
  /** Of the database that they belong to. */
  readonly index: number;
  /** Where they are now; `undefined`: nobody can change them any more. */
  table: KeyTable | undefined;
  source: KeySource;
  keys: KeyIterator | undefined;
  /** Those that were written, and those that came later. */
  readonly done: Set<Bytes>;
}

interface SnapshotParts {
  readonly keyspace: Keyspace;
  readonly isCluster: boolean;
  /** The clock that holds where the log ends: see EffectEncoder. */
  readonly atMs: number;
  /** It needs nothing more of these tables. */
  readonly released: (tables: readonly KeyTable[]) => void;
}

/**
 * The whole keyspace as it is in the turn of `Snapshots.begin`, as effects that make it again, taken piece by piece
 * while commands go on. Of a key that somebody is about to use the value is written down first: so each key is in the
 * snapshot as it was, and once.
 *
 * Cost: a DUMP of each key, and while its table is read a place in a set. What commands make it write out of turn waits
 * in memory (`bufferedBytes`). One value is written in one go, however large it is.
 */
export class Snapshot {
  readonly #isCluster: boolean;
  readonly #atMs: number;
  readonly #released: SnapshotParts["released"];
  readonly #parts: Part[] = [];
  readonly #byTable = new Map<KeyTable, Part>();
  #texts: string[] = [];
  #bufferedBytes = 0;
  #database = 0;
  #isWhole = false;
  #failure: RangeError | undefined;

  constructor({ keyspace, isCluster, atMs, released }: SnapshotParts) {
    this.#isCluster = isCluster;
    this.#atMs = atMs;
    this.#released = released;
    for (const table of keyspace.tables()) {
      if (table.size === 0) continue;
      const { index } = table;
      const part: Part = { index, table, source: table, keys: undefined, done: new Set() };
      this.#parts.push(part);
      this.#byTable.set(table, part);
    }
    // At that time no key had ended.
    this.#write(encodeEffect([AT, ascii("0")]));
  }

  /** Written and not taken yet. */
  get bufferedBytes(): number {
    return this.#bufferedBytes;
  }

  /** Those that it is not done with. */
  get tables(): KeyTable[] {
    return [...this.#byTable.keys()];
  }

  /**
   * The next bytes, cut anywhere; there may be none yet. `undefined`: that was all. Throws RangeError when a value is
   * too large to be written: then there is no snapshot.
   */
  take(): Bytes | undefined {
    this.readSome(SNAPSHOT_KEYS_PER_TAKE);
    if (this.#failure !== undefined) throw this.#failure;
    if (this.#isWhole && this.#bufferedBytes === 0) return undefined;
    return this.#takeChunk();
  }

  /** Looks at up to so many keys, while there is less than a chunk. */
  readSome(keysMax: number): void {
    for (let looked = 0; looked < keysMax; looked += 1) {
      if (this.#bufferedBytes >= SNAPSHOT_CHUNK_BYTES || !this.#readOne()) return;
    }
  }

  /** Nobody wants the rest. */
  giveUp(): void {
    const { tables } = this;
    this.#isWhole = true;
    for (const { keys } of this.#parts) keys?.return(undefined);
    this.#parts.length = 0;
    this.#byTable.clear();
    this.#texts = [];
    this.#bufferedBytes = 0;
    this.#released(tables);
  }

  needs(table: KeyTable): boolean {
    return this.#byTable.has(table);
  }

  beforeUse(table: KeyTable, key: Bytes): void {
    const part = this.#byTable.get(table);
    if (part === undefined || part.done.has(key)) return;
    part.done.add(own(key));
    this.#writeKey(part, key);
  }

  emptied(table: KeyTable, before: KeySource): void {
    const part = this.#byTable.get(table);
    if (part === undefined) return;
    this.#byTable.delete(table);
    part.table = undefined;
    part.source = before;
  }

  swapped(table: KeyTable, other: KeyTable): void {
    const [one, two] = [this.#byTable.get(table), this.#byTable.get(other)];
    this.#byTable.delete(table);
    this.#byTable.delete(other);
    if (one !== undefined) this.#move(one, other);
    if (two !== undefined) this.#move(two, table);
  }

  #move(part: Part, table: KeyTable): void {
    part.table = table;
    part.source = table;
    this.#byTable.set(table, part);
  }

  /** Looks at one key. False: there are none left. */
  #readOne(): boolean {
    const [part] = this.#parts;
    if (part === undefined) {
      if (!this.#isWhole) this.#finish();
      return false;
    }
    part.keys ??= part.source.keys();
    const next = part.keys.next();
    if (next.done === true) {
      this.#parts.shift();
      if (part.table === undefined) return true;
      this.#byTable.delete(part.table);
      this.#released([part.table]);
    } else if (!part.done.has(next.value)) {
      part.done.add(next.value);
      this.#writeKey(part, next.value);
    }
    return true;
  }

  #finish(): void {
    this.#isWhole = true;
    if (this.#database !== 0) this.#write(encodeSelect(0));
    this.#write(encodeEffect([AT, ascii(String(this.#atMs))]));
    this.#released([]);
  }

  #writeKey({ index, source }: Part, key: Bytes): void {
    const value = source.peekRaw(key);
    // It comes into being only now.
    if (value === undefined) return;
    if (!this.#isCluster && index !== this.#database) {
      this.#database = index;
      this.#write(encodeSelect(index));
    }
    try {
      for (const effect of restoringEffects(key, value, source.expiryOf(key))) {
        this.#write(encodeEffect(effect));
      }
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      // Not here: a command that has nothing to do with it may be under way.
      this.#failure = error;
    }
  }

  #write(text: string): void {
    this.#texts.push(text);
    this.#bufferedBytes += text.length;
  }

  #takeChunk(): Bytes {
    let chunk = "";
    let index = 0;
    for (; index < this.#texts.length; index += 1) {
      const text = this.#texts[index] ?? "";
      const room = SNAPSHOT_CHUNK_BYTES - chunk.length;
      chunk += text.slice(0, room);
      if (text.length > room) {
        this.#texts[index] = text.slice(room);
        break;
      }
    }
    this.#texts.splice(0, index);
    this.#bufferedBytes -= chunk.length;
    return ascii(chunk);
  }

  /** Taken to its end of the keyspace, or given up: it guards nothing. */
  get isWhole(): boolean {
    return this.#isWhole;
  }
}

/** The snapshots that are being taken: a key is guarded for all that still need it. Owner: Replication. */
export class Snapshots implements KeyGuard {
  readonly #keyspace: Keyspace;
  readonly #isCluster: boolean;
  readonly #running = new Set<Snapshot>();

  constructor(keyspace: Keyspace, { isCluster }: { readonly isCluster: boolean }) {
    this.#keyspace = keyspace;
    this.#isCluster = isCluster;
  }

  /** Those that have not seen all keys yet. */
  get size(): number {
    return this.#running.size;
  }

  /** Of this very moment. O(tables). `atMs`: the clock that holds where the log ends. */
  begin(atMs: number): Snapshot {
    const snapshot: Snapshot = new Snapshot({
      keyspace: this.#keyspace,
      isCluster: this.#isCluster,
      atMs,
      released: (tables) => {
        if (snapshot.isWhole) this.#running.delete(snapshot);
        for (const table of tables) this.#review(table);
      },
    });
    this.#running.add(snapshot);
    for (const table of snapshot.tables) table.guard = this;
    return snapshot;
  }

  beforeUse(table: KeyTable, key: Bytes): void {
    for (const snapshot of this.#running) snapshot.beforeUse(table, key);
  }

  emptied(table: KeyTable, before: KeySource): void {
    for (const snapshot of this.#running) snapshot.emptied(table, before);
    this.#review(table);
  }

  swapped(table: KeyTable, other: KeyTable): void {
    for (const snapshot of this.#running) snapshot.swapped(table, other);
    this.#review(table);
    this.#review(other);
  }

  #review(table: KeyTable): void {
    const isNeeded = [...this.#running].some((snapshot) => snapshot.needs(table));
    table.guard = isNeeded ? this : undefined;
  }
}
