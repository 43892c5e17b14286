import fc from "fast-check";
import { expect, test } from "vitest";
import {
  ascii,
  compareBytes,
  fromBuffer,
  fromText,
  lower,
  own,
  slice,
  toBuffer,
  toText,
  writeAt,
} from "./bytes.ts";

const raw = fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes));
const ALL_BYTES = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));

test("all 256 byte values survive the way to a binary string and back", () => {
  const bytes = fromBuffer(ALL_BYTES);
  expect(bytes).toHaveLength(256);
  expect(toBuffer(bytes)).toEqual(ALL_BYTES);
  expect(toBuffer(fromBuffer(ALL_BYTES, 10, 20))).toEqual(ALL_BYTES.subarray(10, 20));
});

test("text is its UTF-8 bytes, whatever the script", () => {
  expect(fromText("\u20ac")).toBe("\xe2\x82\xac");
  fc.assert(
    fc.property(fc.string({ unit: "grapheme" }), (text) => {
      expect(toBuffer(fromText(text))).toEqual(Buffer.from(text));
      expect(toText(fromText(text))).toBe(text);
    }),
  );
});

test.each([0, 1, 12, 13, 65_535, 65_536, 65_537, 1_000_000])(
  "own copies %i bytes unchanged",
  (length) => {
    const chunk = fromBuffer(Buffer.alloc(length + 20, ALL_BYTES));
    const view = slice(chunk, 7, 7 + length);
    expect(own(view) === view).toBe(true); // equal by content; a difference of a megabyte is not printed
  },
);

test("what was owned does not keep the chunk it was cut from alive", () => {
  const COUNT = 2000;
  const CHUNK_BYTES = 64 * 1024;
  const kept: string[] = [];
  const before = process.memoryUsage().heapUsed;
  for (let index = 0; index < COUNT; index += 1) {
    kept.push(own(slice(fromBuffer(Buffer.alloc(CHUNK_BYTES, index)), 100, 120)));
  }
  const grownBytes = process.memoryUsage().heapUsed - before;
  expect(kept).toHaveLength(COUNT);
  // All chunks together are 131 MB; garbage that is not collected yet may count for some of it.
  expect(grownBytes).toBeLessThan((COUNT * CHUNK_BYTES) / 2);
});

test("bytes are ordered as memcmp orders them", () => {
  fc.assert(
    fc.property(raw, raw, (a, b) => {
      expect(compareBytes(fromBuffer(a), fromBuffer(b))).toBe(Buffer.compare(a, b));
    }),
  );
});

test("lower changes A to Z and nothing else", () => {
  const lowered = toBuffer(lower(fromBuffer(ALL_BYTES)));
  for (const [byte, changed] of lowered.entries()) {
    const isUpper = byte >= 65 && byte <= 90;
    expect(changed).toBe(isUpper ? byte + 32 : byte);
  }
  expect(lower(ascii("already lower"))).toBe("already lower");
});

test("writeAt writes over, and fills what neither reaches with zeros", () => {
  fc.assert(
    fc.property(raw, fc.nat(300), raw, (bytes, at, patch) => {
      const expected = Buffer.alloc(Math.max(bytes.length, at + patch.length));
      expected.set(bytes);
      expected.set(patch, at);
      expect(toBuffer(writeAt(fromBuffer(bytes), at, fromBuffer(patch)))).toEqual(expected);
    }),
  );
});
