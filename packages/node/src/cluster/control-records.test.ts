import { expect, describe, test } from "vitest";
import { DamagedLogError, encodeRecord, fileHead, scanLog } from "./control-records.ts";

const NODE = "a".repeat(40);
const HEAD = fileHead(NODE);

/** Long enough to touch several sectors. */
const BODIES = ["{}", `{"first":"${"x".repeat(700)}"}`, `{"last":"${"y".repeat(1500)}"}`];

function fileOf(bodies: readonly string[] = BODIES): Buffer {
  return Buffer.concat([HEAD, ...bodies.map((body, index) => encodeRecord(index + 1, body))]);
}

/** The records that are found, or at which byte the damage. */
function scanned(file: Buffer): string {
  try {
    const { records, endOffset } = scanLog(file, NODE);
    return `${records.length} records, ${file.length - endOffset} bytes cut`;
  } catch (error) {
    if (!(error instanceof DamagedLogError)) throw error;
    return `damaged at ${error.offset}`;
  }
}

const WHOLE = fileOf();
/** Where each record begins. */
const STARTS = [0, 1, 2].map((count) => fileOf(BODIES.slice(0, count)).length);
const [FIRST = 0, SECOND = 0, LAST = 0] = STARTS;

test("the bytes are those of docs/control.md", () => {
  // Computed with Python: struct.pack(">III", 14, 3, zlib.crc32(body)), the crc32 of these, the body.
  const body = '{"entries":[]}';
  expect(encodeRecord(3, body).toString("latin1")).toBe(
    `${Buffer.from("0000000e00000003ca294b93a0504010", "hex").toString("latin1")}${body}`,
  );
  expect(HEAD.toString()).toBe(`slotcast-control 1 ${NODE}\n`);
});

test("what was written is found again", () => {
  const { records, endOffset } = scanLog(WHOLE, NODE);
  expect(records.map(({ body }) => body.toString())).toEqual(BODIES);
  expect(records.map(({ offset }) => offset)).toEqual(STARTS);
  expect(endOffset).toBe(WHOLE.length);
});

describe("a last record that a crash tore is cut off", () => {
  test("wherever the file ends in it", () => {
    for (let length = LAST + 1; length < WHOLE.length; length += 1) {
      expect(scanned(WHOLE.subarray(0, length))).toBe(`2 records, ${length - LAST} bytes cut`);
    }
  });

  test("when one of its sectors was not written, though the file has its length", () => {
    for (let sector = Math.ceil(LAST / 512); sector * 512 < WHOLE.length; sector += 1) {
      const end = Math.min(sector * 512 + 512, WHOLE.length);
      const file = Buffer.from(WHOLE).fill(0, sector * 512, end);
      expect(scanned(file)).toBe(`2 records, ${WHOLE.length - LAST} bytes cut`);
    }
  });

  test("when nothing of it was written but the length of the file", () => {
    const file = Buffer.from(WHOLE).fill(0, LAST);
    expect(scanned(file)).toBe(`2 records, ${WHOLE.length - LAST} bytes cut`);
  });
});

describe("a last record whose length lies across two sectors is cut off when its first bytes are lost", () => {
  /** One byte of a length is not zero from 16 MiB on, two from 64 KiB, three from 256 bytes. */
  test.each([
    { lostBytes: 1, bodyBytes: 0x1_02_00_20 },
    { lostBytes: 2, bodyBytes: 0x3_00_20 },
    { lostBytes: 3, bodyBytes: 0x5_20 },
  ])("$lostBytes of 4", ({ lostBytes, bodyBytes }) => {
    const overhead = HEAD.length + encodeRecord(1, "").length;
    const first = encodeRecord(1, "x".repeat(2 * 512 - lostBytes - overhead));
    const whole = Buffer.concat([HEAD, first, encodeRecord(2, "\0".repeat(bodyBytes))]);
    const start = HEAD.length + first.length;
    expect(start % 512).toBe(512 - lostBytes);
    const torn = Buffer.from(whole).fill(0, start, start + lostBytes);
    const isCut = `1 records, ${torn.length - start} bytes cut`;
    expect(scanned(torn)).toBe(isCut);
    expect(scanned(torn.subarray(0, start + 100))).toBe("1 records, 100 bytes cut");
    expect(scanned(Buffer.concat([torn, Buffer.alloc(1)]))).toBe(`damaged at ${start}`);
    torn.writeUInt8(torn.readUInt8(start + 6) ^ 1, start + 6);
    expect(scanned(torn)).toBe(`damaged at ${start}`);
  });
});

describe("anything else is damage", () => {
  test("each bit of the file counts", () => {
    for (let at = 0; at < WHOLE.length; at += 1) {
      const file = Buffer.from(WHOLE);
      file.writeUInt8(file.readUInt8(at) ^ (1 << (at % 8)), at);
      const where = STARTS.findLast((start) => start <= at) ?? 0;
      expect(scanned(file)).toBe(`damaged at ${at < FIRST ? 0 : where}`);
    }
  });

  test("zeros in the middle are, too: something was written behind them", () => {
    const file = Buffer.from(WHOLE).fill(0, 512, 1024);
    expect(scanned(file)).toMatch(/^damaged at/);
    expect(scanned(Buffer.from(WHOLE).fill(0, SECOND, SECOND + 600))).toBe(`damaged at ${SECOND}`);
  });

  test("a record is missing, or there twice", () => {
    const one = WHOLE.subarray(0, SECOND);
    const two = WHOLE.subarray(SECOND, LAST);
    const three = WHOLE.subarray(LAST);
    expect(scanned(Buffer.concat([one, three]))).toBe(`damaged at ${SECOND}`);
    expect(scanned(Buffer.concat([one, two, two, three]))).toBe(`damaged at ${LAST}`);
  });

  test("a file that ends in its first record was never whole: it came to be with that", () => {
    expect(scanned(WHOLE.subarray(0, FIRST + 5))).toBe(`damaged at ${FIRST}`);
    expect(scanned(HEAD)).toBe(`damaged at ${FIRST}`);
    expect(scanned(Buffer.alloc(0))).toBe("damaged at 0");
  });

  test("another node's file", () => {
    expect(() => scanLog(WHOLE, "b".repeat(40))).toThrow(/^it does not begin with 'slotcast-contr/);
  });
});
