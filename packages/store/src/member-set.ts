import { EMPTY, type Bytes } from "@slotcast/protocol";
import type { HashSeed } from "./half-sip-hash.ts";
import { HashOrderedSet, type Random } from "./hash-ordered-set.ts";
import {
  countIntegers,
  findInteger,
  insertInteger,
  integerAt,
  integerChars,
  removeInteger,
} from "./packed-integers.ts";
import {
  appendPacked,
  countPacked,
  findPacked,
  isPackedMembers,
  NO_PACKED_MEMBERS,
  PACKED_BYTES_MAX,
  PACKED_MEMBERS_MAX,
  packedAt,
  packedBytes,
  removePacked,
  somePacked,
} from "./packed-members.ts";

/** Shared by all sets of a node. */
export interface MemberSetOptions {
  /** `set-max-intset-entries`: more integers than this become a table. Its owner may change it, for the additions to come. */
  readonly intsetEntriesMax: number;
  readonly hashSeed: HashSeed;
}

/**
 * A Redis set: different byte strings, in one of three forms.
 *
 * - Integers only, up to `intsetEntriesMax`: sorted, in one string (packed-integers.ts). They are handed out in
 *   ascending order, as Redis does.
 * - Up to 32 members: one string (packed-members.ts), in the order of their coming.
 * - All else: a table (hash-ordered-set.ts). It is never turned back.
 *
 * Redis 7.0 calls the first `intset` and the others `hashtable`; so do we. 7.2 added `listpack` for small sets.
 *
 * Cost: O(1) expected for all but `some`, `forEach` and `clone`; O(bytes) in the packed forms. Memory with key and
 * table, measured by bench/set.ts, and redis-server 7.0.15's `used_memory` for the same:
 *
 * ```
 *   100,000 sets of 10 members of 8 bytes    23 MB    81 MB
 *   100,000 sets of 10 integers              16 MB    11 MB
 *     1,000 sets of 1,000 integers           26 MB    48 MB
 *   1,000,000 members of 10 bytes            31 MB    56 MB
 * ```
 *
 * Members given are copied. Those that `some` and `scan` hand out may be views: fine for a reply, to be owned when
 * kept.
 */
export class MemberSet {
  readonly #options: MemberSetOptions;
  /** A string is packed: integers or members, as its first char says. No field of its own for that: sets are many. */
  #members: Bytes | HashOrderedSet = EMPTY;

  constructor(options: MemberSetOptions) {
    this.#options = options;
  }

  get size(): number {
    const members = this.#members;
    if (typeof members !== "string") return members.size;
    return isPackedMembers(members) ? countPacked(members) : countIntegers(members);
  }

  /** Redis' word: OBJECT ENCODING. */
  get encoding(): "intset" | "hashtable" {
    const members = this.#members;
    return typeof members !== "string" || isPackedMembers(members) ? "hashtable" : "intset";
  }

  has(member: Bytes): boolean {
    const members = this.#members;
    if (typeof members !== "string") return members.has(member);
    if (isPackedMembers(members)) return findPacked(members, member) >= 0;
    const integer = integerChars(member);
    return integer !== undefined && findInteger(members, integer) >= 0;
  }

  /** False when it was there. */
  add(member: Bytes): boolean {
    const members = this.#members;
    if (typeof members !== "string") return members.add(member);
    if (!isPackedMembers(members)) return this.#addToIntegers(members, member);
    if (findPacked(members, member) >= 0) return false;
    const isFull =
      members.length + packedBytes(member) > PACKED_BYTES_MAX ||
      countPacked(members) >= PACKED_MEMBERS_MAX;
    if (!isFull) {
      this.#members = appendPacked(members, member);
      return true;
    }
    return this.#toTable().add(member);
  }

  /** False when it was not there. */
  delete(member: Bytes): boolean {
    const members = this.#members;
    if (typeof members !== "string") return members.delete(member);
    if (isPackedMembers(members)) {
      const at = findPacked(members, member);
      if (at < 0) return false;
      this.#members = removePacked(members, at);
      return true;
    }
    const integer = integerChars(member);
    const index = integer === undefined ? -1 : findInteger(members, integer);
    if (index < 0) return false;
    this.#members = removeInteger(members, index);
    return true;
  }

  /** Any member, all with the same probability. The set is not empty. May be a view of a packed set. */
  randomMember(random: Random): Bytes {
    const members = this.#members;
    if (typeof members !== "string") return members.randomMember(random);
    const index = Math.floor(random() * this.size);
    return isPackedMembers(members) ? packedAt(members, index) : integerAt(members, index);
  }

  /** As `Array.some`. The predicate must not change the set. */
  some(predicate: (member: Bytes) => boolean): boolean {
    const members = this.#members;
    if (typeof members !== "string") return members.some(predicate);
    if (isPackedMembers(members)) return somePacked(members, predicate);
    const count = countIntegers(members);
    for (let index = 0; index < count; index += 1) {
      if (predicate(integerAt(members, index))) return true;
    }
    return false;
  }

  /** Visits all members; intsets in ascending order. The visitor must not change the set. */
  forEach(visit: (member: Bytes) => void): void {
    this.some((member) => {
      visit(member);
      return false;
    });
  }

  /**
   * Visits about `countMax` members, and all when the set is packed. Returns where to go on, an integer of
   * 1..2^32-1; `undefined` at the end. `from` is 0 at first. A member that is there from the first call to the last
   * is visited, whatever happened in between.
   */
  scan(
    { from, countMax }: { readonly from: number; readonly countMax: number },
    visit: (member: Bytes) => void,
  ): number | undefined {
    const members = this.#members;
    if (typeof members !== "string") return members.scan({ fromHash: from, countMax }, visit);
    this.forEach(visit);
    return undefined;
  }

  clone(): MemberSet {
    const copy = new MemberSet(this.#options);
    copy.#members = typeof this.#members === "string" ? this.#members : this.#members.clone();
    return copy;
  }

  #addToIntegers(integers: Bytes, member: Bytes): boolean {
    const integer = integerChars(member);
    if (integer === undefined) {
      this.#toHashtable();
      return this.add(member);
    }
    const index = findInteger(integers, integer);
    if (index >= 0) return false;
    this.#members = insertInteger(integers, -1 - index, integer);
    if (this.size > this.#options.intsetEntriesMax) this.#toHashtable();
    return true;
  }

  /** Integers become strings like others. */
  #toHashtable(): void {
    const texts: Bytes[] = [];
    this.forEach((member) => texts.push(member));
    this.#members = NO_PACKED_MEMBERS;
    for (const text of texts) this.add(text);
  }

  #toTable(): HashOrderedSet {
    const table = new HashOrderedSet(this.#options.hashSeed);
    this.forEach((member) => {
      table.add(member);
    });
    this.#members = table;
    return table;
  }
}
