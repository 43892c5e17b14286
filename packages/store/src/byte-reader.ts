import { slice, type Bytes } from "@slotcast/protocol";
import { u64, U64_MAX, type U64 } from "./u64.ts";

/** The bytes are not what a ByteWriter wrote for such a value. */
export class MalformedBytes extends Error {
  override readonly name = "MalformedBytes";
}

/**
 * Reads what a ByteWriter wrote, from bytes that nobody vouches for: every method throws MalformedBytes rather
 * than read past the end or give a number out of its range.
 */
export class ByteReader {
  readonly #bytes: Bytes;
  readonly #end: number;
  #at: number;

  /** Reads the bytes from `start` up to `end`. */
  constructor(bytes: Bytes, start = 0, end = bytes.length) {
    this.#bytes = bytes;
    this.#at = start;
    this.#end = end;
  }

  /** Bytes not read yet. */
  get left(): number {
    return this.#end - this.#at;
  }

  byte(): number {
    if (this.#at >= this.#end) throw new MalformedBytes("cut off");
    const code = this.#bytes.charCodeAt(this.#at);
    this.#at += 1;
    return code;
  }

  /** A safe integer from 0. */
  varint(): number {
    let code = this.byte();
    if (code < 128) return code;
    let value = code - 128;
    // One byte more than a safe integer has makes `value` unsafe, which ends the loop.
    for (let scale = 128; code >= 128; scale *= 128) {
      code = this.byte();
      value += (code & 127) * scale;
      if (value > Number.MAX_SAFE_INTEGER || scale > Number.MAX_SAFE_INTEGER) {
        throw new MalformedBytes("a number above 2^53-1");
      }
    }
    return value;
  }

  u64(): U64 {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const code = this.byte();
      value |= BigInt(code & 127) << shift;
      if (value > U64_MAX || shift > 63n) throw new MalformedBytes("a number above 2^64-1");
      if (code < 128) return u64(value);
    }
  }

  /** 4 bytes, big-endian. */
  u32(): number {
    let value = 0;
    for (let index = 0; index < 4; index += 1) value = value * 256 + this.byte();
    return value;
  }

  /** 8 bytes, big-endian. */
  wide(): U64 {
    let value = 0n;
    for (let index = 0; index < 8; index += 1) value = value * 256n + BigInt(this.byte());
    return u64(value);
  }

  /**
   * How many things follow, of at least one byte each: a count that promises more than there is ends here, before
   * anybody makes room for it.
   */
  count(): number {
    const count = this.varint();
    if (count > this.left) throw new MalformedBytes("a count that cannot be");
    return count;
  }

  /** As `count`, where nothing at all cannot be either. */
  countFrom1(): number {
    const count = this.count();
    if (count === 0) throw new MalformedBytes("an empty collection");
    return count;
  }

  /** A length and so many bytes. Long ones are views of what is read: to be owned when kept. */
  string(): Bytes {
    return this.bytes(this.varint());
  }

  /** So many bytes as they are; a view too. */
  bytes(length: number): Bytes {
    if (length > this.left) throw new MalformedBytes("cut off");
    const start = this.#at;
    this.#at += length;
    return slice(this.#bytes, start, this.#at);
  }
}
