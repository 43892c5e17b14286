import { fromBuffer, type Bytes } from "@slotcast/protocol";
import { crc32 } from "node:zlib";
import { SEAL_BYTES } from "./limits.ts";

const scratch = Buffer.allocUnsafeSlow(SEAL_BYTES);

/** Of no bytes at all. */
export const HASH_OF_NOTHING = 0;

/**
 * The CRC-32 of everything up to and with `bytes`, where `before` is that of what comes before them. The same however
 * the bytes were cut. A log that differs in one bit keeps another hash from there on, since every step is reversible;
 * two logs that differ in more agree by chance once in four billion.
 *
 * Cost: 0.3 µs, and 0.6 ns a byte (measured, Node 24): a hash of 64 bits in JavaScript takes three times as long.
 */
export function hashOn(before: number, bytes: Bytes): number {
  const { length } = bytes;
  return length === 0 ? before : crc32(written(bytes), before);
}

/**
 * The bytes in a string of their own, and `hashOn` of them. A rope of small strings costs much more to walk than its
 * bytes do to copy: it is walked once for both.
 */
export function ownAndHash(before: number, rope: Bytes): { text: Bytes; hash: number } {
  const bytes = written(rope);
  return { text: fromBuffer(bytes), hash: crc32(bytes, before) };
}

/** Valid until the next call. */
function written(bytes: Bytes): Buffer {
  const { length } = bytes;
  if (length > scratch.length) return Buffer.from(bytes, "latin1");
  scratch.latin1Write(bytes, 0, length);
  return scratch.subarray(0, length);
}
