import type { Bytes } from "@slotcast/protocol";
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
  if (length === 0) return before;
  if (length > scratch.length) return crc32(Buffer.from(bytes, "latin1"), before);
  scratch.latin1Write(bytes, 0, length);
  return crc32(scratch.subarray(0, length), before);
}
