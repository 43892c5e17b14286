import type { Bytes } from "@slotcast/protocol";
import type { Kept } from "./key-table.ts";

/** In place of an entry: there is none. */
export const NO_ENTRY = -1;

/** Entries of a chunk: its memory comes and goes in pieces of 130 KB, and no growth ever copies more. */
const CHUNK_BITS = 12;
const CHUNK_ENTRIES = 2 ** CHUNK_BITS;

/** Numbers are used up to the number of entries, but for a chunk. */
export const NUMBERS_UNUSED_MAX = CHUNK_ENTRIES;

/** Of each entry, in `numbers` of its chunk. */
const HASH = 0;
const NEXT = 1;
const PREVIOUS = 2;
const NUMBERS = 3;

interface Chunk {
  /** Key and value of each entry in turn: who finds the key has its value in the same line of the cache. */
  readonly cells: (Bytes | Kept | undefined)[];
  readonly numbers: Int32Array;
  used: number;
  /** The first of those that were given back, which are linked by NEXT; NO_ENTRY: none. */
  free: number;
}

/**
 * Keys, their values, their hashes, and who comes before and after them in a list: as entries with a number each, which
 * they keep while they are there. Owner: KeyStore.
 *
 * Few large arrays and no object for an entry: that is little for the garbage collector to follow.
 */
export class KeyEntries {
  /** `undefined`: given back, since all of its entries were. */
  readonly #chunks: (Chunk | undefined)[] = [];
  /** Chunks that have room. The last one is filled first. */
  readonly #roomy: number[] = [];
  /** Where `#chunks` has a hole. */
  readonly #holes: number[] = [];

  keyAt(entry: number): Bytes {
    return this.#chunkOf(entry).cells[cellOf(entry)] as Bytes; // keys are in the even cells
  }

  /** Whether it is that key's. There may be no such entry any more. */
  holds(entry: number, key: Bytes): boolean {
    return this.#chunks[entry >>> CHUNK_BITS]?.cells[cellOf(entry)] === key;
  }

  /** It was given back. */
  isFree(entry: number): boolean {
    return this.#chunkOf(entry).cells[cellOf(entry)] === undefined;
  }

  valueAt(entry: number): Kept {
    return this.#chunkOf(entry).cells[cellOf(entry) + 1] as Kept; // and values in the odd ones
  }

  setValue(entry: number, value: Kept): void {
    this.#chunkOf(entry).cells[cellOf(entry) + 1] = value;
  }

  hashAt(entry: number): number {
    return this.#numberOf(entry, HASH);
  }

  nextOf(entry: number): number {
    return this.#numberOf(entry, NEXT);
  }

  previousOf(entry: number): number {
    return this.#numberOf(entry, PREVIOUS);
  }

  /** One comes after the other. Either may be NO_ENTRY. */
  link(entry: number, next: number): void {
    if (entry !== NO_ENTRY) this.#setNumber(entry, NEXT, next);
    if (next !== NO_ENTRY) this.#setNumber(next, PREVIOUS, entry);
  }

  /** Returns the number of the new entry, which is in no list. The key must own its bytes. */
  add(key: Bytes, value: Kept, hash: number): number {
    const index = this.#roomy.at(-1) ?? this.#addChunk();
    const chunk = this.#chunkAt(index);
    const { cells, numbers, free } = chunk;
    let place = free;
    if (place === NO_ENTRY) {
      place = cells.length / 2;
      cells.push(key, value);
    } else {
      chunk.free = numbers[place * NUMBERS + NEXT] ?? NO_ENTRY;
      cells[place * 2] = key;
      cells[place * 2 + 1] = value;
    }
    chunk.used += 1;
    if (chunk.used === CHUNK_ENTRIES) this.#roomy.pop();
    numbers[place * NUMBERS + HASH] = hash;
    numbers[place * NUMBERS + NEXT] = NO_ENTRY;
    numbers[place * NUMBERS + PREVIOUS] = NO_ENTRY;
    return index * CHUNK_ENTRIES + place;
  }

  /** The number may be given to another entry afterwards. */
  remove(entry: number): void {
    const index = entry >>> CHUNK_BITS;
    const place = entry & (CHUNK_ENTRIES - 1);
    const chunk = this.#chunkAt(index);
    if (chunk.used === CHUNK_ENTRIES) this.#roomy.push(index);
    chunk.used -= 1;
    if (chunk.used === 0 && this.#roomy.at(-1) !== index) {
      this.#chunks[index] = undefined;
      this.#holes.push(index);
      this.#roomy.splice(this.#roomy.indexOf(index), 1);
      return;
    }
    chunk.cells[place * 2] = undefined;
    chunk.cells[place * 2 + 1] = undefined;
    chunk.numbers[place * NUMBERS + NEXT] = chunk.free;
    chunk.free = place;
  }

  #addChunk(): number {
    const index = this.#holes.pop() ?? this.#chunks.length;
    const numbers = new Int32Array(CHUNK_ENTRIES * NUMBERS);
    this.#chunks[index] = { cells: [], numbers, used: 0, free: NO_ENTRY };
    this.#roomy.push(index);
    return index;
  }

  #numberOf(entry: number, which: number): number {
    const place = entry & (CHUNK_ENTRIES - 1);
    return this.#chunkOf(entry).numbers[place * NUMBERS + which] ?? NO_ENTRY;
  }

  #setNumber(entry: number, which: number, value: number): void {
    const place = entry & (CHUNK_ENTRIES - 1);
    this.#chunkOf(entry).numbers[place * NUMBERS + which] = value;
  }

  #chunkOf(entry: number): Chunk {
    return this.#chunkAt(entry >>> CHUNK_BITS);
  }

  #chunkAt(index: number): Chunk {
    return this.#chunks[index] as Chunk; // an entry that is there has its chunk
  }
}

function cellOf(entry: number): number {
  return (entry & (CHUNK_ENTRIES - 1)) * 2;
}
