import { ascii, fromBuffer, slice, type Bytes } from "@slotcast/protocol";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { compareStreamIds, STREAM_ID_MAX, STREAM_ID_MIN, type StreamId } from "./stream-id.ts";
import type { TrimOptions } from "./stream-trim.ts";
import { Stream } from "./stream.ts";
import { u64, U64_MAX } from "./u64.ts";

const LIMITS = { nodeEntriesMax: 100, nodeBytesMax: 4096 };
const EXACT: TrimOptions = { approximate: false, limit: undefined };
const APPROXIMATE: TrimOptions = { approximate: true, limit: undefined };
const ALL_BYTES = fromBuffer(Buffer.from(Uint8Array.from({ length: 256 }, (_, byte) => byte)));

interface Entry {
  readonly id: StreamId;
  readonly fields: readonly Bytes[];
}

function entriesOf(stream: Stream, range: Partial<Parameters<Stream["forEachInRange"]>[0]> = {}) {
  const entries: Entry[] = [];
  const all = { from: STREAM_ID_MIN, to: STREAM_ID_MAX, reverse: false, countMax: Infinity };
  stream.forEachInRange({ ...all, ...range }, (id, fields) => entries.push({ id, fields }));
  return entries;
}

function filled(entries: number, fieldsOf: (index: number) => string[], limits = LIMITS): Stream {
  const stream = new Stream(limits);
  for (let index = 0; index < entries; index += 1) {
    stream.append({ ms: 1_700_000_000_000 + index * 3, seq: 0 }, fieldsOf(index).map(ascii), 0);
  }
  return stream;
}

// redis-server 7.0.15 with its default node limits: XADD of 1000 such entries, `radix-tree-keys` of
// XINFO STREAM, and XLEN after XTRIM MAXLEN ~ 555.
test.each<[string, number, number, (index: number) => string[]]>([
  ["1 B", 10, 600, () => ["f", "x"]],
  ["10 B", 10, 600, () => ["f", "x".repeat(10)]],
  ["64 B", 19, 568, () => ["f", "x".repeat(64)]],
  ["200 B", 53, 563, () => ["f", "x".repeat(200)]],
  ["1 KB", 334, 556, () => ["f", "x".repeat(1024)]],
  ["5000 B", 1000, 555, () => ["f", "x".repeat(5000)]],
  ["a number", 10, 600, (index) => ["n", String(index * 1000)]],
  [
    "three names",
    10,
    600,
    (index) => ["sensor", "kitchen", "temperature", "21.5", "seen", String(index)],
  ],
  [
    "names that differ in turn",
    15,
    592,
    (index) =>
      index % 2 === 1 ? ["a", "x".repeat(30)] : ["b", "x".repeat(30), "c", "y".repeat(30)],
  ],
])("1000 entries of %s make %i nodes, and MAXLEN ~ 555 leaves %i", (_, nodes, left, fieldsOf) => {
  const stream = filled(1000, fieldsOf);
  expect(stream.nodeCount).toBe(nodes);
  expect(stream.trimByLength(555, APPROXIMATE)).toBe(1000 - left);
  expect(entriesOf(stream)).toHaveLength(left);
});

/** A stream as plain as can be: no nodes, so no approximate trimming. */
class Model {
  entries: Entry[] = [];
  lastId = STREAM_ID_MIN;
  maxDeletedId = STREAM_ID_MIN;
  added = 0;

  append(id: StreamId, fields: readonly Bytes[]): void {
    this.entries.push({ id, fields });
    this.lastId = id;
    this.added += 1;
  }

  delete(id: StreamId): boolean {
    const at = this.entries.findIndex((entry) => compareStreamIds(entry.id, id) === 0);
    if (at === -1) return false;
    this.entries.splice(at, 1);
    if (compareStreamIds(id, this.maxDeletedId) > 0) this.maxDeletedId = id;
    return true;
  }

  trim(keeps: (entry: Entry, index: number, entries: readonly Entry[]) => boolean): number {
    const before = this.entries.length;
    this.entries = this.entries.filter(keeps);
    return before - this.entries.length;
  }
}

const name = fc.constantFrom("f", "g", "", "a-field-name-longer-than-a-view", "7").map(ascii);
const value = fc
  .tuple(fc.constantFrom(0, 1, 12, 13, 24, 25, 63, 64, 127, 128, 1000, 5000, 70_000), fc.nat(255))
  .map(([sizeBytes, byte]) => ascii(String.fromCharCode(byte).repeat(sizeBytes)));
const fields = fc.array(fc.tuple(name, value), { minLength: 1, maxLength: 3 });
/** How far the next id is from the last: the same millisecond, the next, or beyond 2^53. */
const stepMs = fc.oneof(
  { weight: 20, arbitrary: fc.constantFrom(0n, 1n, 200n, 100_000n) },
  { weight: 1, arbitrary: fc.constantFrom(2n ** 31n, 2n ** 53n) },
);
const operation = fc.oneof(
  {
    weight: 10,
    arbitrary: fc.record({ do: fc.constant("append"), stepMs, fields, times: fc.nat(40) }),
  },
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constant("delete"), at: fc.nat(), times: fc.nat(40) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant("trimByLength"),
      at: fc.nat(),
      approximate: fc.boolean(),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant("trimByMinId"),
      at: fc.nat(),
      approximate: fc.boolean(),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant("range"),
      at: fc.nat(),
      to: fc.nat(),
      reverse: fc.boolean(),
      countMax: fc.integer({ min: 1, max: 150 }),
    }),
  },
);
const limits = fc.record({
  nodeEntriesMax: fc.constantFrom(0, 1, 10, 100),
  nodeBytesMax: fc.constantFrom(0, 1, 300, 4096),
});

/** An id that is in the stream, or one beside it, or an end. */
function idNear(model: Model, at: number): StreamId {
  const { length } = model.entries;
  const entry = model.entries[at % (length + 1)];
  if (entry === undefined) return at % 2 === 0 ? STREAM_ID_MAX : STREAM_ID_MIN;
  return at % 3 === 0 ? { ms: entry.id.ms, seq: 0 } : entry.id;
}

test("a stream does what a plain array does, whatever the order of operations", () => {
  fc.assert(
    fc.property(
      limits,
      fc.array(operation, { maxLength: 50, size: "max" }),
      (nodeLimits, operations) => {
        const stream = new Stream(nodeLimits);
        const model = new Model();
        for (const step of operations) {
          if ("fields" in step) {
            for (let time = 0; time <= step.times; time += 1) {
              const ms = u64(BigInt(model.lastId.ms) + step.stepMs);
              if (ms > U64_MAX) break;
              const isSameMs = ms === model.lastId.ms;
              const id = { ms, seq: isSameMs ? u64(BigInt(model.lastId.seq) + 1n) : time % 3 };
              const flat = step.fields.flat();
              stream.append(id, [ascii("XADD"), ...flat], 1);
              model.append(id, flat);
            }
          } else if ("countMax" in step) {
            const [a, b] = [idNear(model, step.at), idNear(model, step.to)];
            const [from, to] = compareStreamIds(a, b) < 0 || step.at % 7 === 0 ? [a, b] : [b, a];
            const { reverse, countMax } = step;
            const inside = model.entries.filter(
              ({ id }) => compareStreamIds(id, from) >= 0 && compareStreamIds(id, to) <= 0,
            );
            const expected = (reverse ? inside.toReversed() : inside).slice(0, countMax);
            expectEqual(entriesOf(stream, { from, to, reverse, countMax }), expected);
          } else if ("times" in step) {
            for (let time = 0; time <= step.times; time += 1) {
              const id = idNear(model, step.at + time * 7);
              expect(stream.delete(id)).toBe(model.delete(id));
            }
          } else {
            const options = { approximate: step.approximate, limit: undefined };
            const idMin = idNear(model, step.at);
            const lengthMax = step.at % (model.entries.length + 2);
            const removed =
              step.do === "trimByLength"
                ? stream.trimByLength(lengthMax, options)
                : stream.trimByMinId(idMin, options);
            const left = model.entries.length - removed;
            const wanted =
              step.do === "trimByLength"
                ? Math.max(model.entries.length - lengthMax, 0)
                : model.entries.filter(({ id }) => compareStreamIds(id, idMin) < 0).length;
            // An approximate trim may do less, never more.
            expect(step.approximate ? removed <= wanted : removed === wanted).toBe(true);
            model.trim((_entry, index, entries) => index >= entries.length - left);
          }
          expect(stream.length).toBe(model.entries.length);
          expect(stream.firstId).toEqual(model.entries[0]?.id ?? STREAM_ID_MIN);
          expect(stream.lastId).toEqual(model.lastId);
          expect(stream.maxDeletedId).toEqual(model.maxDeletedId);
          expect(stream.entriesAdded).toBe(model.added);
        }
        expectEqual(entriesOf(stream), model.entries);
        expectEqual(entriesOf(stream, { reverse: true }), model.entries.toReversed());
      },
    ),
    { numRuns: 40 },
  );
});

/** `toEqual` on thousands of long strings would be most of the test's time. */
function expectEqual(actual: readonly Entry[], expected: readonly Entry[]): void {
  expect(actual.length).toBe(expected.length);
  const differing = actual.findIndex(({ id, fields: found }, at) => {
    const wanted = expected[at];
    return (
      wanted === undefined ||
      compareStreamIds(id, wanted.id) !== 0 ||
      found.length !== wanted.fields.length ||
      found.some((text, index) => text !== wanted.fields[index])
    );
  });
  expect(differing).toBe(-1);
}

test("an entry does not change when the chunk that it was cut from is gone", () => {
  const stream = new Stream(LIMITS);
  const chunk = ascii(`f${ALL_BYTES}${ALL_BYTES.repeat(300)}`);
  const request = [
    slice(chunk, 0, 1),
    slice(chunk, 1, 257),
    slice(chunk, 1, 40),
    slice(chunk, 257),
  ];
  stream.append({ ms: 1, seq: 0 }, request, 0);
  stream.append({ ms: 1, seq: 1 }, request, 2);
  expect(entriesOf(stream)).toEqual([
    { id: { ms: 1, seq: 0 }, fields: request },
    { id: { ms: 1, seq: 1 }, fields: request.slice(2) },
  ]);
});

test("an id that is not above the last one is refused, and nothing is changed", () => {
  const stream = filled(1, () => ["f", "v"]);
  const { lastId } = stream;
  for (const id of [lastId, { ms: 5, seq: 7 }, STREAM_ID_MIN]) {
    expect(() => stream.append(id, [ascii("f"), ascii("v")], 0)).toThrow(
      "The ID specified in XADD is equal or smaller than the target stream top item",
    );
  }
  expect(stream.length).toBe(1);
  expect(stream.lastId).toBe(lastId);
});

test("an automatic id is the clock's, or the next one when the clock is not ahead", () => {
  const stream = new Stream(LIMITS);
  expect(stream.nextAutoId(1000)).toEqual({ ms: 1000, seq: 0 });
  stream.append({ ms: 1000, seq: 5 }, [ascii("f"), ascii("v")], 0);
  expect(stream.nextAutoId(1000)).toEqual({ ms: 1000, seq: 6 });
  expect(stream.nextAutoId(999)).toEqual({ ms: 1000, seq: 6 });
  expect(stream.nextAutoId(1001)).toEqual({ ms: 1001, seq: 0 });
  stream.append({ ms: 2000, seq: U64_MAX }, [ascii("f"), ascii("v")], 0);
  expect(stream.nextAutoId(2000)).toEqual({ ms: 2001, seq: 0 });
  stream.append(STREAM_ID_MAX, [ascii("f"), ascii("v")], 0);
  expect(stream.nextAutoId(3000)).toBeUndefined();
});

test("the sequence number of a given millisecond goes on, or fails when it is full", () => {
  const stream = new Stream(LIMITS);
  expect(stream.nextIdAt(0)).toEqual({ ms: 0, seq: 1 });
  stream.append({ ms: 7, seq: 3 }, [ascii("f"), ascii("v")], 0);
  expect(stream.nextIdAt(7)).toEqual({ ms: 7, seq: 4 });
  expect(stream.nextIdAt(8)).toEqual({ ms: 8, seq: 0 });
  stream.append({ ms: 8, seq: U64_MAX }, [ascii("f"), ascii("v")], 0);
  expect(() => stream.nextIdAt(8)).toThrow("equal or smaller than the target stream top item");
});

test("trimming stops before a node that would go over the limit", () => {
  const stream = filled(1000, () => ["f", "v"]);
  expect(stream.trimByLength(0, { approximate: true, limit: 99 })).toBe(0);
  expect(stream.trimByLength(0, { approximate: true, limit: 250 })).toBe(200);
  expect(stream.trimByMinId(STREAM_ID_MAX, { approximate: true, limit: 100 })).toBe(100);
  expect(stream.trimByLength(0, { approximate: true, limit: 0 })).toBe(700);
  expect(stream.length).toBe(0);
});

test("an approximate trim removes a hundred nodes' worth when no limit is given", () => {
  const stream = filled(50, () => ["f", "v"], { nodeEntriesMax: 0, nodeBytesMax: 1 });
  expect(stream.nodeCount).toBe(50);
  expect(stream.trimByLength(0, APPROXIMATE)).toBe(50);
  const narrow = filled(300, () => ["f", "v"], { nodeEntriesMax: 2, nodeBytesMax: 0 });
  expect(narrow.trimByLength(0, APPROXIMATE)).toBe(200);
  expect(narrow.trimByLength(0, EXACT)).toBe(100);
});

test("trimming leaves the highest deleted id alone, deleting raises it", () => {
  const stream = filled(10, () => ["f", "v"]);
  stream.trimByLength(5, EXACT);
  expect(stream.maxDeletedId).toEqual(STREAM_ID_MIN);
  const { firstId } = stream;
  expect(stream.delete(firstId)).toBe(true);
  expect(stream.delete(firstId)).toBe(false);
  expect(stream.maxDeletedId).toEqual(firstId);
});

// redis-server 7.0.15: the node before the deleted one still had room, and takes the next entry.
test("when the last node is deleted whole, the one before it is filled up", () => {
  const add = (stream: Stream, ms: number, sizeBytes: number) =>
    stream.append({ ms, seq: 0 }, [ascii("f"), ascii("x".repeat(sizeBytes))], 0);
  const stream = new Stream(LIMITS);
  add(stream, 1, 1024);
  add(stream, 2, 1024);
  add(stream, 3, 3000);
  expect(stream.nodeCount).toBe(2);
  stream.delete({ ms: 3, seq: 0 });
  add(stream, 4, 1024);
  expect(stream.nodeCount).toBe(1);
  expect(entriesOf(stream).map(({ id }) => id.ms)).toEqual([1, 2, 4]);
});

test("whether an id that an entry had is still there, whatever was deleted around it", () => {
  const ids = (entries: readonly Entry[]) => entries.map(({ id }) => id);
  fc.assert(
    fc.property(
      fc.array(fc.nat(99), { maxLength: 120 }),
      fc.nat(60),
      fc.integer({ min: 1, max: 8 }),
      (deletions, trimmedTo, nodeEntriesMax) => {
        const stream = filled(100, () => ["f", "x"], { nodeEntriesMax, nodeBytesMax: 4096 });
        const all = ids(entriesOf(stream));
        for (const index of deletions) stream.delete(all[index] ?? STREAM_ID_MAX);
        stream.trimByLength(trimmedTo, APPROXIMATE);
        const left = ids(entriesOf(stream));
        expect(all.filter((id) => stream.stillHas(id))).toEqual(left);
        expect(all.toReversed().filter((id) => stream.stillHas(id))).toEqual(left.toReversed());
        expect(all.filter((id) => stream.find(id) !== undefined)).toEqual(left);
      },
    ),
  );
});
