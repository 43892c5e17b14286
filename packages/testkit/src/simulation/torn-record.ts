import { diskWriteFromPlain, diskWriteToPlain, type DiskWrite } from "@slotcast/control";
import { encodeRecord, fileHead, scanLog } from "@slotcast/node";
import type { SeededRandom } from "./seeded-random.ts";

/** What a disk writes wholly or not at all. */
const SECTOR_BYTES = 512;
const OWNER = "0".repeat(40);
/** Of the record before the last one, so that the last one begins anywhere in a sector. */
const FILLING_BYTES_MAX = 600;

/**
 * A voter's log as production writes it, after a crash in the middle of its last record: some of its sectors are there,
 * others are zeros, or the file ends before them. The record before it was confirmed, and is whole.
 */
export function tornLog(write: DiskWrite, random: SeededRandom): Buffer {
  const filling = JSON.stringify("x".repeat(random.below(FILLING_BYTES_MAX)));
  const before = Buffer.concat([fileHead(OWNER), encodeRecord(1, filling)]);
  const file = Buffer.concat([before, encodeRecord(2, JSON.stringify(diskWriteToPlain(write)))]);
  const start = before.length;
  for (let from = start - (start % SECTOR_BYTES); from < file.length; from += SECTOR_BYTES) {
    if (!random.chance(0.4)) continue;
    file.fill(0, Math.max(from, start), Math.min(from + SECTOR_BYTES, file.length));
  }
  // The kernel wrote a part of it, or the file's length was not brought up to date.
  const end = random.chance(0.5) ? file.length : start + random.below(file.length - start + 1);
  return file.subarray(0, end);
}

/** The last record, as production reads it: `undefined` when it was torn. Throws when that takes it for damage. */
export function lastWriteIn(file: Buffer): DiskWrite | undefined {
  const [, last] = scanLog(file, OWNER).records;
  return last && diskWriteFromPlain(JSON.parse(last.body.toString("utf8")));
}
