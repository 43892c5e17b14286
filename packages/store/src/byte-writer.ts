import { fromBuffer, type Bytes } from "@slotcast/protocol";
import type { U64 } from "./u64.ts";

const BUFFER_BYTES_MIN = 256;
/** A buffer that grew beyond this (for one big entry) is let go by `clear`. */
const BUFFER_BYTES_KEPT_MAX = 16 * 1024;
/** Up to here a loop over the chars beats the native call (measured, Node 24: 24 chars, 110 ns each). */
const LOOP_CHARS_MAX = 24;
/** 2^53 has 8 times 7 bits. */
export const VARINT_BYTES_MAX = 8;
/** 2^64 has 10 times 7 bits. */
export const U64_VARINT_BYTES_MAX = 10;
const NOTHING = Buffer.alloc(0);

/**
 * A growing buffer for the bytes of a stream node or of a value on its way out. What is written is copied: no
 * argument stays alive.
 *
 * `reserve` first, then write: the writing methods do not look at the space left.
 */
export class ByteWriter {
  #buffer = NOTHING;
  #length = 0;
  readonly #lengthMax: number;

  /** `reserve` throws RangeError when there would be more than `lengthMax` bytes. */
  constructor(lengthMax = Number.POSITIVE_INFINITY) {
    this.#lengthMax = lengthMax;
  }

  /** Bytes written so far. */
  get length(): number {
    return this.#length;
  }

  reserve(sizeBytes: number): void {
    const needed = this.#length + sizeBytes;
    if (needed <= this.#buffer.length) return;
    if (needed > this.#lengthMax) throw new RangeError(`more than ${this.#lengthMax} bytes`);
    const doubled = Math.max(this.#buffer.length * 2, BUFFER_BYTES_MIN);
    // Of its own, not out of Node's shared pool: a stream may live for long.
    const larger = Buffer.allocUnsafeSlow(Math.max(doubled, needed));
    this.#buffer.copy(larger, 0, 0, this.#length);
    this.#buffer = larger;
  }

  byte(value: number): void {
    this.#buffer[this.#length] = value;
    this.#length += 1;
  }

  /** Any safe integer from 0. At most `VARINT_BYTES_MAX`. */
  varint(value: number): void {
    let rest = value;
    while (rest >= 128) {
      this.byte((rest % 128) + 128);
      rest = Math.floor(rest / 128);
    }
    this.byte(rest);
  }

  /** As `varint`, for the whole range. At most `U64_VARINT_BYTES_MAX`. */
  u64(value: U64): void {
    if (typeof value === "number") {
      this.varint(value);
      return;
    }
    let rest = value;
    while (rest >= 128n) {
      this.byte(Number(rest & 127n) + 128);
      rest >>= 7n;
    }
    this.byte(Number(rest));
  }

  /** 4 bytes, big-endian. */
  u32(value: number): void {
    this.#length = this.#buffer.writeUInt32BE(value, this.#length);
  }

  /** 8 bytes, big-endian. */
  wide(value: U64): void {
    this.#length = this.#buffer.writeBigUInt64BE(BigInt(value), this.#length);
  }

  /** Its length as a varint, then its bytes. */
  string(text: Bytes): void {
    const { length } = text;
    this.varint(length);
    const at = this.#length;
    if (length <= LOOP_CHARS_MAX) {
      for (let index = 0; index < length; index += 1) {
        this.#buffer[at + index] = text.charCodeAt(index);
      }
    } else {
      this.#buffer.latin1Write(text, at, length);
    }
    this.#length = at + length;
  }

  /** As it is, without a length. */
  bytes(text: Bytes): void {
    this.#length += this.#buffer.latin1Write(text, this.#length, text.length);
  }

  /** The bytes from `start` up to `end`, in a string of its own. */
  text(start: number, end: number): Bytes {
    return fromBuffer(this.#buffer, start, end);
  }

  /** Removes the bytes from `start` up to `end`; what follows moves down. */
  cut(start: number, end: number): void {
    this.#buffer.copyWithin(start, end, this.#length);
    this.#length -= end - start;
  }

  clear(): void {
    this.#length = 0;
    if (this.#buffer.length > BUFFER_BYTES_KEPT_MAX) this.#buffer = NOTHING;
  }
}
