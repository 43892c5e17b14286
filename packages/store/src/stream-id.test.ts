import { ascii } from "@slotcast/protocol";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import {
  compareStreamIds,
  formatStreamId,
  nextStreamId,
  parseNewStreamId,
  parseRangeBound,
  parseStreamId,
  STREAM_ID_MAX,
  STREAM_ID_MIN,
  type StreamId,
} from "./stream-id.ts";
import { u64, U64_MAX } from "./u64.ts";

const MAX = "18446744073709551615";
const INVALID = "Invalid stream ID specified as stream command argument";

/** Small, around 2^53 and around 2^64, where the form changes or ends. */
const part = fc
  .oneof(
    fc.bigInt(0n, 5n),
    fc.bigInt(2n ** 53n - 3n, 2n ** 53n + 3n),
    fc.bigInt(U64_MAX - 3n, U64_MAX),
    fc.bigInt(0n, U64_MAX),
  )
  .map(u64);
const streamId = fc.record({ ms: part, seq: part });

function numberOf({ ms, seq }: StreamId): bigint {
  return BigInt(ms) * 2n ** 64n + BigInt(seq);
}

test("an id printed and parsed is the same id, over all 128 bits", () => {
  fc.assert(
    fc.property(streamId, (id) => {
      expect(parseStreamId(formatStreamId(id), 0)).toEqual(id);
    }),
  );
});

test("ids are ordered as the 128-bit numbers that they are", () => {
  fc.assert(
    fc.property(streamId, streamId, (a, b) => {
      const order = numberOf(a) - numberOf(b);
      expect(Math.sign(compareStreamIds(a, b))).toBe(order < 0n ? -1 : order > 0n ? 1 : 0);
    }),
  );
});

test("the next id is one above, and the last one has none", () => {
  fc.assert(
    fc.property(streamId, (id) => {
      const next = nextStreamId(id);
      if (next === undefined) expect(id).toEqual(STREAM_ID_MAX);
      else expect(numberOf(next)).toBe(numberOf(id) + 1n);
    }),
  );
  expect(nextStreamId(STREAM_ID_MAX)).toBeUndefined();
});

// Answers of redis-server 7.0.15 to `XADD k <id> f v` and `XREAD STREAMS k <id>`.
test.each([
  ["5", "5-0"],
  ["007", "7-0"],
  ["5-07", "5-7"],
  [" 5", "5-0"],
  ["5- 6", "5-6"],
  ["+5-+6", "5-6"],
  ["5--0", "5-0"],
  ["5--05", "5-18446744073709551611"],
  ["5- -5", "5-18446744073709551611"],
  ["5--9223372036854775809", "5-9223372036854775807"],
  ["9007199254740993-9007199254740992", "9007199254740993-9007199254740992"],
  [`${MAX}-${MAX}`, `${MAX}-${MAX}`],
  ["5".padStart(127, "0"), "5-0"],
  ["5-1\0junk", "5-1"],
])("%j is the id %s", (text, id) => {
  expect(formatStreamId(parseStreamId(ascii(text), 0))).toBe(id);
});

// As above: all of them answered `ERR Invalid stream ID specified as stream command argument`.
test.each([
  ...["", "-", "+", "5-", "-5", "5--5", "5 ", "*", "*-5", "5-*1", "(5", "5-6-7", "x", "5-x", "-\0"],
  ...[
    "18446744073709551616",
    "5-18446744073709551616",
    "5".padStart(128, "0"),
    "5--9223372036854775808",
  ],
])("%j is no id", (text) => {
  expect(() => parseStreamId(ascii(text), 0)).toThrow(INVALID);
  expect(() => parseNewStreamId(ascii(text))).toThrow(INVALID);
});

test("an id without sequence number gets the one that the command wants", () => {
  expect(parseStreamId(ascii("5"), U64_MAX)).toEqual({ ms: 5, seq: U64_MAX });
  expect(parseNewStreamId(ascii("5"))).toEqual({ ms: 5, seq: 0 });
});

test("only XADD leaves the sequence number open with a star", () => {
  expect(parseNewStreamId(ascii("5-*"))).toEqual({ ms: 5, seq: undefined });
  expect(() => parseStreamId(ascii("5-*"), 0)).toThrow(INVALID);
});

test("an interval takes -, +, whole milliseconds and excluded ends", () => {
  expect(parseRangeBound(ascii("-"), "start")).toEqual(STREAM_ID_MIN);
  expect(parseRangeBound(ascii("-"), "end")).toEqual(STREAM_ID_MIN);
  expect(parseRangeBound(ascii("+"), "start")).toEqual(STREAM_ID_MAX);
  expect(parseRangeBound(ascii("5"), "start")).toEqual({ ms: 5, seq: 0 });
  expect(parseRangeBound(ascii("5"), "end")).toEqual({ ms: 5, seq: U64_MAX });
  expect(parseRangeBound(ascii("(5-1"), "start")).toEqual({ ms: 5, seq: 2 });
  expect(parseRangeBound(ascii("(5-1"), "end")).toEqual({ ms: 5, seq: 0 });
  expect(parseRangeBound(ascii("(5-0"), "end")).toEqual({ ms: 4, seq: U64_MAX });
  expect(parseRangeBound(ascii("(5"), "end")).toEqual({ ms: 5, seq: U64_MAX - 1n });
});

test("an interval refuses what has nothing behind it, and what is no id", () => {
  const start = "invalid start ID for the interval";
  expect(() => parseRangeBound(ascii(`(${MAX}-${MAX}`), "start")).toThrow(start);
  expect(() => parseRangeBound(ascii("(0-0"), "end")).toThrow("invalid end ID for the interval");
  for (const text of ["(", "(-", "(+", "((5", ""]) {
    expect(() => parseRangeBound(ascii(text), "start")).toThrow(INVALID);
  }
});
