import { EMPTY, fromBuffer, own, slice, type Bytes } from "@slotcast/protocol";

/** Longer members are strings of their own: their length would not fit into the byte before them. */
const PACKED_BYTES_MAX = 255;
/** References from here on are indexes into the long members. */
const LONG = 2 ** 31;
/** Up to here a loop over the chars beats the native call (measured, Node 24). */
const LOOP_CHARS_MAX = 24;
const BUFFER_BYTES_MIN = 64;

/**
 * The bytes of many short strings, each after a byte that tells its length, in one buffer; the few long ones
 * beside it. A string of its own would take 24 bytes more, and each would be an object for the garbage collector.
 *
 * ```
 *   · 5 a p p l e 3 f i g …        a reference is the offset of the length; 0 is never one
 * ```
 *
 * What is removed leaves a hole: its owner copies what is left into a new arena when `isWasteful`.
 * Owner: one HashSegment, which keeps the references.
 */
export class MemberArena {
  #buffer: Buffer;
  #used = 1;
  #deadBytes = 0;
  #long: Bytes[] | undefined;
  /** Indexes of removed long members. */
  #freeLong: number[] | undefined;

  /** Room for so much is made at once. */
  constructor(sizeBytes: number) {
    // Of its own, not out of Node's shared pool: sets live for long.
    this.#buffer = Buffer.allocUnsafeSlow(Math.max(sizeBytes, BUFFER_BYTES_MIN));
  }

  /** What a copy without the holes needs. */
  get liveBytes(): number {
    return this.#used - this.#deadBytes;
  }

  /** More than half is holes. */
  get isWasteful(): boolean {
    return this.#deadBytes > this.#buffer.length / 2;
  }

  /** Copies the member and returns its reference. */
  add(member: Bytes): number {
    const { length } = member;
    if (length > PACKED_BYTES_MAX) return this.#addLong(own(member));
    const ref = this.#reserve(length);
    const buffer = this.#buffer;
    if (length > LOOP_CHARS_MAX) {
      buffer.latin1Write(member, ref + 1, length);
    } else {
      for (let index = 0; index < length; index += 1) {
        buffer[ref + 1 + index] = member.charCodeAt(index);
      }
    }
    return ref;
  }

  /** Copies a member of another arena. */
  addFrom(source: MemberArena, sourceRef: number): number {
    if (sourceRef >= LONG) return this.#addLong(source.get(sourceRef));
    const from = source.#buffer;
    const length = from[sourceRef] as number; // a reference
    const ref = this.#reserve(length);
    const to = this.#buffer;
    if (length > LOOP_CHARS_MAX) {
      from.copy(to, ref + 1, sourceRef + 1, sourceRef + 1 + length);
    } else {
      for (let index = 1; index <= length; index += 1) {
        to[ref + index] = from[sourceRef + index] as number; // below its length
      }
    }
    return ref;
  }

  /** A string of its own. */
  get(ref: number): Bytes {
    if (ref >= LONG) return this.#long?.[ref - LONG] ?? EMPTY;
    const start = ref + 1;
    return fromBuffer(this.#buffer, start, start + (this.#buffer[ref] as number)); // a reference
  }

  equals(ref: number, member: Bytes): boolean {
    if (ref >= LONG) return this.get(ref) === member;
    const { length } = member;
    const buffer = this.#buffer;
    if (buffer[ref] !== length) return false;
    if (length > LOOP_CHARS_MAX) return this.get(ref) === member;
    for (let index = 0; index < length; index += 1) {
      if (buffer[ref + 1 + index] !== member.charCodeAt(index)) return false;
    }
    return true;
  }

  remove(ref: number): void {
    if (ref < LONG) {
      this.#deadBytes += 1 + (this.#buffer[ref] as number); // a reference
    } else if (this.#long !== undefined) {
      this.#long[ref - LONG] = EMPTY;
      (this.#freeLong ??= []).push(ref - LONG);
    }
  }

  /**
   * For reading many members at once: one string for all of them, of which the returned function cuts views. Good
   * until the next change; a view keeps the whole string alive.
   */
  reader(): (ref: number) => Bytes {
    const text = fromBuffer(this.#buffer, 0, this.#used);
    return (ref) => {
      if (ref >= LONG) return this.get(ref);
      return slice(text, ref + 1, ref + 1 + text.charCodeAt(ref));
    };
  }

  clone(): MemberArena {
    const copy = new MemberArena(this.#used);
    this.#buffer.copy(copy.#buffer, 0, 0, this.#used);
    copy.#used = this.#used;
    copy.#deadBytes = this.#deadBytes;
    copy.#long = this.#long?.slice();
    copy.#freeLong = this.#freeLong?.slice();
    return copy;
  }

  /** Room for a member of so many bytes, its length already written. */
  #reserve(length: number): number {
    const ref = this.#used;
    const end = ref + 1 + length;
    if (end > this.#buffer.length) this.#grow(end);
    this.#buffer[ref] = length;
    this.#used = end;
    return ref;
  }

  #grow(neededBytes: number): void {
    // By half: twice as much would be a third of air on average.
    const sizeBytes = Math.max(neededBytes, Math.ceil(this.#buffer.length * 1.5));
    const larger = Buffer.allocUnsafeSlow(sizeBytes);
    this.#buffer.copy(larger, 0, 0, this.#used);
    this.#buffer = larger;
  }

  #addLong(member: Bytes): number {
    const long = (this.#long ??= []);
    const index = this.#freeLong?.pop() ?? long.length;
    long[index] = member;
    return LONG + index;
  }
}
