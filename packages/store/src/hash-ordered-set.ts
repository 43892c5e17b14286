import type { Bytes } from "@slotcast/protocol";
import { halfSipHash, type HashSeed } from "./half-sip-hash.ts";
import { HashSegment } from "./hash-segment.ts";

/**
 * Members of a segment on average. Splitting one takes about a quarter of a millisecond, which is the longest that
 * an addition ever takes; smaller ones would be more objects for the garbage collector.
 */
const SEGMENT_MEMBERS = 4096;

/** Hashes have 32 bits. */
const HASHES = 2 ** 32;

/** Numbers of [0, 1), each independent of the last: a random place may be free, then another one is drawn. */
export type Random = () => number;

/**
 * A set of byte strings that is made for many: it grows and shrinks in small steps, knows a random member, and can
 * be scanned piece by piece while it changes.
 *
 * ```
 *   segments, by the first bits of the hash      000  001  01  10  11      5 = 2² + 1: one prefix is split
 *   each a table of up to some 8,000 members      ▤    ▤    ▤   ▤   ▤
 * ```
 *
 * Linear hashing: when there are too many members for so many segments, the next one in turn is split, from the
 * left to the right and then again; when there are too few, the latest split is undone. Where all segments are in
 * the order of their prefixes and each is sorted by hash, the whole set is sorted by hash.
 *
 * Cost: O(1) expected; about what V8's own Set takes. Memory: 31 bytes for a member of 10 bytes, in a few objects for
 * thousands of them (measured with a million: bench/set.ts; redis-server 7.0 needs 56).
 * Source: W. Litwin, "Linear hashing", VLDB 1980; Redis splits its tables one bucket at a time for the same reason.
 */
export class HashOrderedSet {
  readonly #seed: HashSeed;
  /** By prefix. Their number is 2^level + splits. */
  #segments: HashSegment[] = [new HashSegment(0)];
  #level = 0;
  #splits = 0;
  #size = 0;
  /** No segment has more slots. When they all shrink it stays, until the next split or join. */
  #slotsMax: number;

  constructor(seed: HashSeed) {
    this.#seed = seed;
    this.#slotsMax = this.#mostSlots();
  }

  get size(): number {
    return this.#size;
  }

  has(member: Bytes): boolean {
    const hash = halfSipHash(member, this.#seed);
    return this.#segmentOf(hash).has(hash, member);
  }

  /** False when it was there. The bytes are copied. */
  add(member: Bytes): boolean {
    const hash = halfSipHash(member, this.#seed);
    const segment = this.#segmentOf(hash);
    if (!segment.add(hash, member)) return false;
    this.#size += 1;
    if (segment.slotCount > this.#slotsMax) this.#slotsMax = segment.slotCount;
    if (this.#size > this.#segments.length * SEGMENT_MEMBERS) this.#split();
    return true;
  }

  /** False when it was not there. */
  delete(member: Bytes): boolean {
    const hash = halfSipHash(member, this.#seed);
    if (!this.#segmentOf(hash).delete(hash, member)) return false;
    this.#size -= 1;
    // Half of what makes it split, so that members that come and go around the border do not split and join each time.
    if (this.#size < ((this.#segments.length - 1) * SEGMENT_MEMBERS) / 2) this.#join();
    return true;
  }

  /** Any member, all with the same probability. The set is not empty. Cost: O(1) expected, some 2 to 10 draws. */
  randomMember(random: Random): Bytes {
    const segments = this.#segments;
    const { length } = segments;
    for (;;) {
      const segment = segments[Math.floor(random() * length)] as HashSegment; // below length
      // The same range for all: a slot of a small segment must not be drawn more often.
      const slotsMax = length === 1 ? segment.slotCount : this.#slotsMax;
      const member = segment.memberAt(Math.floor(random() * slotsMax));
      if (member !== undefined) return member;
    }
  }

  /**
   * Visits members in the order of their hashes, from `fromHash` on: `countMax` of them, and those that have the same
   * hash as the last. Returns the hash to go on with; `undefined`: this was the end. A member that is there from
   * the first call to the last is visited, whatever happened in between; one that came or went may be.
   */
  scan(
    { fromHash, countMax }: { readonly fromHash: number; readonly countMax: number },
    visit: (member: Bytes) => void,
  ): number | undefined {
    if (fromHash >= HASHES) return undefined;
    let left = countMax;
    const counting = (member: Bytes): void => {
      left -= 1;
      visit(member);
    };
    const first = this.#indexOf(fromHash);
    for (let index = first; index < this.#segments.length; index += 1) {
      const segment = this.#segments[index] as HashSegment; // below length
      const range = { fromHash: index === first ? fromHash : 0, countMax: left };
      const nextHash = segment.scan(range, counting);
      if (nextHash !== undefined) return nextHash;
    }
    return undefined;
  }

  /** As `Array.some`. Members may be views of up to a megabyte; the predicate must not change the set. */
  some(predicate: (member: Bytes) => boolean): boolean {
    return this.#segments.some((segment) => segment.some(predicate));
  }

  clone(): HashOrderedSet {
    const copy = new HashOrderedSet(this.#seed);
    copy.#segments = this.#segments.map((segment) => segment.clone());
    copy.#level = this.#level;
    copy.#splits = this.#splits;
    copy.#size = this.#size;
    copy.#slotsMax = this.#slotsMax;
    return copy;
  }

  #segmentOf(hash: number): HashSegment {
    return this.#segments[this.#indexOf(hash)] as HashSegment; // every prefix has one
  }

  #indexOf(hash: number): number {
    const longPrefix = hash >>> (31 - this.#level);
    const prefix = longPrefix >>> 1;
    return prefix < this.#splits ? longPrefix : prefix + this.#splits;
  }

  #split(): void {
    const at = 2 * this.#splits;
    const segment = this.#segments[at] as HashSegment; // the first that has a short prefix
    this.#segments.splice(at, 1, ...segment.split());
    this.#slotsMax = this.#mostSlots();
    this.#splits += 1;
    if (this.#splits < 2 ** this.#level) return;
    this.#level += 1;
    this.#splits = 0;
  }

  #join(): void {
    if (this.#splits === 0) {
      this.#level -= 1;
      this.#splits = 2 ** this.#level;
    }
    this.#splits -= 1;
    const at = 2 * this.#splits;
    const [lower, upper] = this.#segments.slice(at, at + 2) as [HashSegment, HashSegment]; // the latest split
    this.#segments.splice(at, 2, HashSegment.join(lower, upper));
    this.#slotsMax = this.#mostSlots();
  }

  #mostSlots(): number {
    return this.#segments.reduce((most, { slotCount }) => Math.max(most, slotCount), 0);
  }
}
