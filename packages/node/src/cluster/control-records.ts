import { crc32 } from "node:zlib";
import { RECORD_BYTES_MAX } from "./limits.ts";

/**
 * The bytes of a voter's log (docs/control.md): a line that says what the file is and whose, then records. One write of
 * Raft is one record, and the next one is not written before the disk has confirmed it. So only the last record of a
 * file can be half there, and anything else that is wrong is damage.
 */

/** Integers of 4 bytes, big-endian: length of the body, number of the record, CRC-32 of the body, and of these 12. */
const HEAD_BYTES = 16;
const LENGTH_BYTES = 4;
const HEAD_CHECKED_BYTES = 12;
/** What a disk writes wholly or not at all. Less is lost of a torn write only when the file ends there. */
const SECTOR_BYTES = 512;

export interface LogRecord {
  /** Where it begins, for error messages. */
  readonly offset: number;
  readonly body: Buffer;
}

export interface ScannedLog {
  readonly records: readonly LogRecord[];
  /** Where the next record belongs. Below the length of the file: the last one was torn. */
  readonly endOffset: number;
}

/** The file is not what was written. `offset` is where that shows. */
export class DamagedLogError extends Error {
  override readonly name = "DamagedLogError";
  readonly offset: number;

  constructor(offset: number, fault: string) {
    super(fault);
    this.offset = offset;
  }
}

export function fileHead(nodeId: string): Buffer {
  return Buffer.from(`slotcast-control 1 ${nodeId}\n`, "latin1");
}

/** `number` counts the records of the file, from 1. */
export function encodeRecord(number: number, text: string): Buffer {
  const body = Buffer.from(text, "utf8");
  if (body.length > RECORD_BYTES_MAX) throw new Error(`a record of ${body.length} bytes`);
  const head = Buffer.alloc(HEAD_BYTES);
  head.writeUInt32BE(body.length, 0);
  head.writeUInt32BE(number, 4);
  head.writeUInt32BE(crc32(body), 8);
  head.writeUInt32BE(crc32(head.subarray(0, HEAD_CHECKED_BYTES)), HEAD_CHECKED_BYTES);
  return Buffer.concat([head, body]);
}

/**
 * Reads a whole file. Throws DamagedLogError, unless all that is wrong is that its last record was torn: that one is
 * left out. The first record is never torn, since the file came to be with it.
 */
export function scanLog(file: Buffer, nodeId: string): ScannedLog {
  const head = fileHead(nodeId);
  if (!file.subarray(0, head.length).equals(head)) {
    throw new DamagedLogError(0, `it does not begin with '${head.toString("latin1").trim()}'`);
  }
  const records: LogRecord[] = [];
  let offset = head.length;
  while (offset < file.length) {
    const found = readRecord(file, offset, records.length + 1);
    if (typeof found === "string") {
      if (records.length > 0 && isTorn(file, offset, records.length + 1)) break;
      throw new DamagedLogError(offset, found);
    }
    records.push({ offset, body: found });
    offset += HEAD_BYTES + found.length;
  }
  if (records.length === 0) throw new DamagedLogError(offset, "it has no record");
  return { records, endOffset: offset };
}

/** The body, or what is wrong. */
function readRecord(file: Buffer, offset: number, number: number): Buffer | string {
  const length = bodyLength(file, offset, number);
  if (length === undefined) return `there is no head of record ${number}`;
  const start = offset + HEAD_BYTES;
  if (start + length > file.length) return `record ${number} has less than its ${length} bytes`;
  const body = file.subarray(start, start + length);
  const isSound = crc32(body) === file.readUInt32BE(offset + 8);
  return isSound ? body : `record ${number} is not what was written`;
}

/** From a head that can be trusted. */
function bodyLength(file: Buffer, offset: number, number: number): number | undefined {
  if (offset + HEAD_BYTES > file.length) return undefined;
  const checked = file.subarray(offset, offset + HEAD_CHECKED_BYTES);
  const isHead = crc32(checked) === file.readUInt32BE(offset + HEAD_CHECKED_BYTES);
  return isHead && file.readUInt32BE(offset + 4) === number ? file.readUInt32BE(offset) : undefined;
}

/**
 * Did the machine stop while this record was written? Then nothing follows it, and of what is missing whole sectors
 * are: the file ends too early, or has zeros, which no record contains 512 of. Bytes that are merely wrong are not
 * what a crash leaves behind, and cutting them off could forget a vote.
 */
function isTorn(file: Buffer, offset: number, number: number): boolean {
  if (offset + HEAD_BYTES > file.length) return true;
  const length = bodyLength(file, offset, number);
  if (length === undefined) {
    const headEnd = offset + HEAD_BYTES;
    const isLost = hasLostSector(file, offset, headEnd) || hasLostFirstBytes(file, offset, number);
    return isLost && !hasHeadBehind(file, offset, number);
  }
  const end = offset + HEAD_BYTES + length;
  if (end > file.length) return true;
  return end === file.length && hasLostSector(file, offset, end);
}

/** Is all zeros what a record that begins at `start` has of one of the sectors up to `end`? */
function hasLostSector(file: Buffer, start: number, end: number): boolean {
  for (let from = start; from < end;) {
    const to = Math.min(from - (from % SECTOR_BYTES) + SECTOR_BYTES, file.length);
    // Of a length the first bytes may rightly be zeros.
    const isTelling = to >= start + LENGTH_BYTES;
    if (isTelling && file.subarray(from, to).every((byte) => byte === 0)) return true;
    from = to;
  }
  return false;
}

/**
 * Does the head lie across two sectors, with one to three bytes in the first of them, and are these lost? Zeros do not
 * tell, since a length may begin so. A length that makes the head right does: the rest of the head was written.
 * Cost: up to a million checksums.
 */
function hasLostFirstBytes(file: Buffer, offset: number, number: number): boolean {
  const lostBytes = SECTOR_BYTES - (offset % SECTOR_BYTES);
  const isZeros = file.subarray(offset, offset + lostBytes).every((byte) => byte === 0);
  if (lostBytes >= LENGTH_BYTES || !isZeros) return false;
  const head = Buffer.from(file.subarray(offset, offset + HEAD_BYTES));
  const step = 256 ** (LENGTH_BYTES - lostBytes);
  for (let length = head.readUInt32BE(0); length <= RECORD_BYTES_MAX; length += step) {
    head.writeUInt32BE(length, 0);
    if (bodyLength(head, 0, number) !== undefined) {
      return offset + HEAD_BYTES + length >= file.length;
    }
  }
  return false;
}

/** Cost: a checksum for each byte that is left. Only of a file that is broken. */
function hasHeadBehind(file: Buffer, offset: number, number: number): boolean {
  for (let at = offset + 1; at + HEAD_BYTES <= file.length; at += 1) {
    const found = file.readUInt32BE(at + 4);
    if (found > number && bodyLength(file, at, found) !== undefined) return true;
  }
  return false;
}
