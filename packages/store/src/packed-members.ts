import { ascii, EMPTY, slice, type Bytes } from "@slotcast/protocol";
import { spliceBytes } from "./splice-bytes.ts";

/*
 * A few strings in one: a char 0, by which it differs from packed integers; then for each string its length (one
 * char below 255, else 255 and two chars, high byte first) and its bytes. Ten members of 8 bytes take 112 bytes of
 * memory, where a string for each takes 320.
 *
 * All functions are O(bytes): they are for sets that are small, and copy them to change them.
 */

/** More members, or more bytes with their lengths: a set becomes a table. Searching takes 5 ns a member. */
export const PACKED_MEMBERS_MAX = 32;
export const PACKED_BYTES_MAX = 4096;

export const NO_PACKED_MEMBERS = ascii("\0");
const HEAD_CHARS = 1;
const LONG = 255;
const LONG_LENGTH_CHARS = 3;

/** `packed` is packed-members, not packed-integers. */
export function isPackedMembers(packed: Bytes): boolean {
  return packed.charCodeAt(0) === 0;
}

/** What the member takes when it is packed. */
export function packedBytes(member: Bytes): number {
  return lengthChars(member.length) + member.length;
}

/** Where the member begins, its length included; -1: it is not there. */
export function findPacked(packed: Bytes, member: Bytes): number {
  const { length } = member;
  for (let at = HEAD_CHARS; at < packed.length;) {
    const found = lengthAt(packed, at);
    const start = at + lengthChars(found);
    if (found === length && endsAt(packed, start, member)) return at;
    at = start + found;
  }
  return -1;
}

/** The member must not be there, and there must be room: see `packedBytes`. */
export function appendPacked(packed: Bytes, member: Bytes): Bytes {
  const inserted = ascii(lengthPrefix(member.length) + member);
  return spliceBytes(packed, { start: packed.length, removed: 0, inserted });
}

/** Without the member that begins at `at`. */
export function removePacked(packed: Bytes, at: number): Bytes {
  const removed = endOf(packed, at) - at;
  return spliceBytes(packed, { start: at, removed, inserted: EMPTY });
}

export function countPacked(packed: Bytes): number {
  let count = 0;
  for (let at = HEAD_CHARS; at < packed.length; at = endOf(packed, at)) count += 1;
  return count;
}

/** The member of this index, in a string of its own or a view of `packed`. */
export function packedAt(packed: Bytes, index: number): Bytes {
  let at = HEAD_CHARS;
  for (let skipped = 0; skipped < index; skipped += 1) at = endOf(packed, at);
  return memberAt(packed, at);
}

/** As `Array.some`. Members may be views of `packed`. */
export function somePacked(packed: Bytes, predicate: (member: Bytes) => boolean): boolean {
  for (let at = HEAD_CHARS; at < packed.length; at = endOf(packed, at)) {
    if (predicate(memberAt(packed, at))) return true;
  }
  return false;
}

function memberAt(packed: Bytes, at: number): Bytes {
  return slice(packed, at + lengthChars(lengthAt(packed, at)), endOf(packed, at));
}

function lengthAt(packed: Bytes, at: number): number {
  const length = packed.charCodeAt(at);
  if (length < LONG) return length;
  return packed.charCodeAt(at + 1) * 256 + packed.charCodeAt(at + 2);
}

function endOf(packed: Bytes, at: number): number {
  const length = lengthAt(packed, at);
  return at + lengthChars(length) + length;
}

function lengthPrefix(length: number): string {
  return length < LONG
    ? String.fromCharCode(length)
    : String.fromCharCode(LONG, length >> 8, length & 255);
}

function lengthChars(length: number): number {
  return length < LONG ? 1 : LONG_LENGTH_CHARS;
}

/** From the last char on: members of one set tend to begin alike. */
function endsAt(packed: Bytes, start: number, member: Bytes): boolean {
  for (let index = member.length - 1; index >= 0; index -= 1) {
    if (packed.charCodeAt(start + index) !== member.charCodeAt(index)) return false;
  }
  return true;
}
