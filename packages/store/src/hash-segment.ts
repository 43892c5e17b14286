import type { Bytes } from "@slotcast/protocol";
import { MemberArena } from "./member-arena.ts";

const CAPACITY_BITS_MIN = 4;
/** Slots behind the last home, for what its neighbours push out. More are added when they are full. */
const OVERFLOW_SLOTS = 16;
const EMPTY_REF = 0;
/** Members that are read each by a native call before all that are left are read by one: a third of the time. */
const READ_ONE_BY_ONE_MAX = 32;

/**
 * A hash table of the members whose hash begins with one prefix, kept in the order of their hashes.
 *
 * ```
 *   slot      0        1        2        3        4   …
 *   hash   00a1…    0344…      ·      0c90…    0cf1…      home of a hash: its bits after the prefix
 *   ref     17       203       ·       64       5         where its bytes are in the arena
 * ```
 *
 * Open addressing with linear probing. Since the home of a hash grows with the hash and equal homes are kept
 * sorted, the whole table is sorted: a scan can stop at any hash and go on there, whatever was added, removed or
 * resized in between. Searching ends at the first greater hash.
 *
 * Cost: O(1) expected. Memory: 8 bytes a slot, of which a quarter to five eighths are free: some 15 a member; and its
 * bytes, one more, and a fifth of air.
 */
export class HashSegment {
  /** How many leading bits of the hash all members share. */
  readonly prefixBits: number;
  /** Pairs of hash and reference; EMPTY_REF: free. The last pair is always free, so every search ends. */
  #slots: Uint32Array;
  /** There are 2^capacityBits homes. */
  #capacityBits = CAPACITY_BITS_MIN;
  #count = 0;
  #arena: MemberArena;

  /** `expected`: room for so much is made at once. */
  constructor(prefixBits: number, expected: Expected = { count: 0, sizeBytes: 0 }) {
    this.prefixBits = prefixBits;
    while (mostIn(this.#capacityBits) < expected.count) this.#capacityBits += 1;
    this.#slots = makeSlots(this.#capacityBits);
    this.#arena = new MemberArena(expected.sizeBytes);
  }

  /** Slot indexes are below this. */
  get slotCount(): number {
    return this.#slots.length / 2;
  }

  has(hash: number, member: Bytes): boolean {
    return this.#find(hash, member) !== undefined;
  }

  /** False when it was there. The bytes are copied. */
  add(hash: number, member: Bytes): boolean {
    if (this.#find(hash, member) !== undefined) return false;
    if (this.#count >= mostIn(this.#capacityBits)) this.#resize(this.#capacityBits + 1);
    this.#insert(hash, this.#arena.add(member));
    return true;
  }

  /** False when it was not there. */
  delete(hash: number, member: Bytes): boolean {
    const at = this.#find(hash, member);
    if (at === undefined) return false;
    this.#remove(at);
    return true;
  }

  /** A string of its own; `undefined`: the slot is free, or there is no such slot. */
  memberAt(index: number): Bytes | undefined {
    const ref = this.#slots[index * 2 + 1] ?? EMPTY_REF;
    return ref === EMPTY_REF ? undefined : this.#arena.get(ref);
  }

  /**
   * Visits members in the order of their hashes, from `fromHash` on, `countMax` of them and whoever has the same
   * hash as the last one. Returns the hash to go on with; `undefined` at the end. Members may be views.
   */
  scan(
    { fromHash, countMax }: { readonly fromHash: number; readonly countMax: number },
    visit: (member: Bytes) => void,
  ): number | undefined {
    const slots = this.#slots;
    let visited = 0;
    let lastHash = -1;
    for (let at = this.#homeOf(fromHash); at < slots.length; at += 2) {
      const hash = slots[at] as number; // below length
      const ref = slots[at + 1] as number; // its pair
      if (ref === EMPTY_REF || hash < fromHash) continue;
      if (visited >= countMax && hash !== lastHash) return hash;
      visit(this.#arena.get(ref));
      visited += 1;
      lastHash = hash;
    }
    return undefined;
  }

  /** As `Array.some`. Members may be views; the predicate must not change the segment. */
  some(predicate: (member: Bytes) => boolean): boolean {
    const slots = this.#slots;
    let readAll: ((ref: number) => Bytes) | undefined;
    let visited = 0;
    for (let at = 1; at < slots.length; at += 2) {
      const ref = slots[at] as number; // below length
      if (ref === EMPTY_REF) continue;
      // Who goes on for long will want them all.
      if (visited === READ_ONE_BY_ONE_MAX) readAll = this.#arena.reader();
      if (predicate(readAll === undefined ? this.#arena.get(ref) : readAll(ref))) return true;
      visited += 1;
    }
    return false;
  }

  /** Two halves with a longer prefix. This segment is dead afterwards. */
  split(): readonly [HashSegment, HashSegment] {
    const expected = {
      count: Math.ceil(this.#count / 2),
      sizeBytes: Math.ceil(this.#arena.liveBytes / 2),
    };
    const lower = new HashSegment(this.prefixBits + 1, expected);
    const upper = new HashSegment(this.prefixBits + 1, expected);
    const firstUpper = 1 << (31 - this.prefixBits);
    forEachPair(this.#slots, (hash, ref) => {
      const half = (hash & firstUpper) === 0 ? lower : upper;
      half.#adopt(this.#arena, hash, ref);
    });
    return [lower, upper];
  }

  /** Undoes `split`. Both are dead afterwards. */
  static join(lower: HashSegment, upper: HashSegment): HashSegment {
    const joined = new HashSegment(lower.prefixBits - 1, {
      count: lower.#count + upper.#count,
      sizeBytes: lower.#arena.liveBytes + upper.#arena.liveBytes,
    });
    for (const half of [lower, upper]) {
      forEachPair(half.#slots, (hash, ref) => {
        joined.#adopt(half.#arena, hash, ref);
      });
    }
    return joined;
  }

  clone(): HashSegment {
    const copy = new HashSegment(this.prefixBits);
    copy.#slots = this.#slots.slice();
    copy.#capacityBits = this.#capacityBits;
    copy.#count = this.#count;
    copy.#arena = this.#arena.clone();
    return copy;
  }

  /** Where in `#slots` a member of this hash is when nobody is in its way. */
  #homeOf(hash: number): number {
    return ((hash << this.prefixBits) >>> (32 - this.#capacityBits)) * 2;
  }

  #find(hash: number, member: Bytes): number | undefined {
    const slots = this.#slots;
    for (let at = this.#homeOf(hash); slots[at + 1] !== EMPTY_REF; at += 2) {
      const other = slots[at] as number; // the last pair is free
      if (other > hash) return undefined;
      if (other === hash && this.#arena.equals(slots[at + 1] as number, member)) return at; // its pair
    }
    return undefined;
  }

  /** Behind all that have no greater hash; those that have move on by one. */
  #insert(hash: number, ref: number): void {
    const slots = this.#slots;
    let at = this.#homeOf(hash);
    while (slots[at + 1] !== EMPTY_REF && (slots[at] as number) <= hash) at += 2; // the last pair is free
    let movedHash = hash;
    let movedRef = ref;
    while (slots[at + 1] !== EMPTY_REF) {
      const nextHash = slots[at] as number; // the last pair is free
      const nextRef = slots[at + 1] as number; // its pair
      slots[at] = movedHash;
      slots[at + 1] = movedRef;
      movedHash = nextHash;
      movedRef = nextRef;
      at += 2;
    }
    slots[at] = movedHash;
    slots[at + 1] = movedRef;
    this.#count += 1;
    if (at + 2 === slots.length) {
      this.#slots = new Uint32Array(slots.length + 2 * OVERFLOW_SLOTS);
      this.#slots.set(slots);
    }
  }

  /** Those behind it that are not at home move up by one. */
  #remove(at: number): void {
    const slots = this.#slots;
    this.#arena.remove(slots[at + 1] as number); // found there
    let next = at + 2;
    while (slots[next + 1] !== EMPTY_REF) {
      const hash = slots[next] as number; // the last pair is free
      if (this.#homeOf(hash) === next) break;
      slots[next - 2] = hash;
      slots[next - 1] = slots[next + 1] as number; // its pair
      next += 2;
    }
    slots[next - 1] = EMPTY_REF;
    this.#count -= 1;
    if (this.#arena.isWasteful) this.#compact();
    if (this.#capacityBits > CAPACITY_BITS_MIN && this.#count < fewestIn(this.#capacityBits)) {
      this.#resize(this.#capacityBits - 1);
    }
  }

  #resize(capacityBits: number): void {
    const before = this.#slots;
    this.#capacityBits = capacityBits;
    this.#slots = makeSlots(capacityBits);
    this.#count = 0;
    forEachPair(before, (hash, ref) => {
      this.#insert(hash, ref);
    });
  }

  #compact(): void {
    const before = this.#arena;
    const arena = new MemberArena(before.liveBytes);
    const slots = this.#slots;
    for (let at = 1; at < slots.length; at += 2) {
      const ref = slots[at] as number; // below length
      if (ref !== EMPTY_REF) slots[at] = arena.addFrom(before, ref);
    }
    this.#arena = arena;
  }

  /** Copies a member of another segment. In the order of the hashes, nobody has to move. */
  #adopt(arena: MemberArena, hash: number, ref: number): void {
    if (this.#count >= mostIn(this.#capacityBits)) this.#resize(this.#capacityBits + 1);
    this.#insert(hash, this.#arena.addFrom(arena, ref));
  }
}

interface Expected {
  readonly count: number;
  readonly sizeBytes: number;
}

/** Three quarters: runs of taken slots stay short. */
function mostIn(capacityBits: number): number {
  return 3 << (capacityBits - 2);
}

/** An eighth: after halving the table is far from either end. */
function fewestIn(capacityBits: number): number {
  return 1 << (capacityBits - 3);
}

function makeSlots(capacityBits: number): Uint32Array {
  return new Uint32Array(2 * (2 ** capacityBits + OVERFLOW_SLOTS));
}

function forEachPair(slots: Uint32Array, visit: (hash: number, ref: number) => void): void {
  for (let at = 0; at < slots.length; at += 2) {
    const ref = slots[at + 1] as number; // below length
    if (ref !== EMPTY_REF) visit(slots[at] as number, ref); // its pair
  }
}
