import { ascii, fromBuffer, slice, type Bytes } from "@slotcast/protocol";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import type { ListEnd } from "./list-middle.ts";
import { List, type ListRange } from "./list.ts";

const ALL_BYTES = fromBuffer(Buffer.from(Uint8Array.from({ length: 256 }, (_, byte) => byte)));

/** Goes through every border: nothing, a byte, a view, the two forms of a length, loose chunks, a big one. */
const elementBytes = fc.constantFrom(0, 1, 12, 13, 64, 254, 255, 256, 700, 70_000);
const element = fc
  .tuple(elementBytes, fc.nat(255))
  .map(([sizeBytes, byte]) => ascii(String.fromCharCode(byte).repeat(sizeBytes)));
/** Long runs of one operation, so that chunks are sealed and opened again at both ends. */
const times = fc.oneof(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 400 }));
const end = fc.constantFrom<ListEnd>("head", "tail");
/** A place in the list, whatever its length is then. */
const place = fc.nat(9999).map((tenThousandths) => tenThousandths / 10_000);
const operation = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant("push"), end, times, element }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("pop"), end, times }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("set"), at: place, element }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("insert"), at: place, times, element }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("remove"), end, times, like: place }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("trim"), cutHead: place, cutTail: place }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("range"), from: place, to: place }) },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant("find"), end, from: place, to: place, like: place }),
  },
);
type Operation = typeof operation extends fc.Arbitrary<infer Drawn> ? Drawn : never;

function rangeOf(list: List, start: number, stop: number): Bytes[] {
  const elements: Bytes[] = [];
  list.forEachInRange({ start, stop }, (visited) => elements.push(visited));
  return elements;
}

function indexesOf(
  list: List,
  sought: Bytes,
  range: ListRange & { readonly from: ListEnd },
): number[] {
  const indexes: number[] = [];
  list.find(sought, range, (index) => indexes.push(index) > 0);
  return indexes;
}

/** `expect` on each of thousands of long strings would be most of the test's time. */
function expectEqual(actual: readonly Bytes[], model: readonly Bytes[]): void {
  const same = actual.length === model.length && model.every((value, at) => actual[at] === value);
  expect(same).toBe(true);
}

/** Elements come in a few forms, so that one is there many times and `remove` and `find` meet it in every part. */
function marked(plain: Bytes, time: number): Bytes {
  return ascii(`${plain}${time % 10}`);
}

/** Removed as LREM does, one by one. */
function removeFromModel(model: Bytes[], sought: Bytes, from: ListEnd, countMax: number): number {
  let removed = 0;
  for (; removed < countMax; removed += 1) {
    const at = from === "head" ? model.indexOf(sought) : model.lastIndexOf(sought);
    if (at === -1) break;
    model.splice(at, 1);
  }
  return removed;
}

/** Does it to both, and compares what comes back. */
function apply(list: List, model: Bytes[], step: Operation): void {
  const { length } = model;
  const placeOf = (at: number): number => Math.floor(at * length);
  switch (step.do) {
    case "push":
      for (let time = 0; time < step.times; time += 1) {
        const pushed = marked(step.element, time);
        list.push(step.end, pushed);
        if (step.end === "head") model.unshift(pushed);
        else model.push(pushed);
      }
      break;
    case "pop":
      for (let time = 0; time < step.times; time += 1) {
        const expected = step.end === "head" ? model.shift() : model.pop();
        expect(list.pop(step.end) === expected).toBe(true);
      }
      break;
    case "set":
      if (length === 0) break;
      list.set(placeOf(step.at), step.element);
      model[placeOf(step.at)] = step.element;
      break;
    case "insert":
      for (let time = 0; time < step.times; time += 1) {
        const index = Math.floor(step.at * (model.length + 1));
        list.insert(index, marked(step.element, time));
        model.splice(index, 0, marked(step.element, time));
      }
      break;
    case "remove": {
      const sought = model[placeOf(step.like)] ?? ascii("");
      const options = { from: step.end, countMax: step.times };
      const removed = removeFromModel(model, sought, step.end, step.times);
      expect(list.remove(sought, options)).toBe(removed);
      break;
    }
    case "trim": {
      // Often a little, seldom nearly all.
      const start = Math.floor(step.cutHead ** 8 * length);
      const stop = length - 1 - Math.floor(step.cutTail ** 8 * length);
      if (start > stop) break;
      list.trim({ start, stop });
      model.splice(stop + 1);
      model.splice(0, start);
      break;
    }
    case "range": {
      const [start, stop] = [placeOf(step.from), placeOf(step.to)];
      expectEqual(rangeOf(list, start, Math.min(stop, length - 1)), model.slice(start, stop + 1));
      expect(list.at(start) === model[start]).toBe(true);
      break;
    }
    case "find": {
      if (length === 0) break;
      const [start, stop] = [placeOf(step.from), placeOf(step.to)];
      const sought = model[placeOf(step.like)] ?? ascii("");
      const expected = [...model.keys()].filter(
        (at) => at >= start && at <= stop && model[at] === sought,
      );
      const inOrder = step.end === "head" ? expected : expected.toReversed();
      expect(indexesOf(list, sought, { start, stop, from: step.end })).toEqual(inOrder);
      break;
    }
  }
  expect(list.length).toBe(model.length);
}

test("a list does what an array does, whatever the order of operations", () => {
  fc.assert(
    fc.property(fc.array(operation, { maxLength: 60, size: "max" }), (operations) => {
      const list = new List();
      const model: Bytes[] = [];
      for (const step of operations) apply(list, model, step);
      expectEqual(rangeOf(list, 0, model.length - 1), model);
      expect(list.at(-1)).toBeUndefined();
      expect(list.at(model.length)).toBeUndefined();
    }),
    { numRuns: 100 },
  );
});

test("a list of many chunks does it too", () => {
  fc.assert(
    fc.property(fc.array(operation, { maxLength: 20, size: "max" }), (operations) => {
      const list = new List();
      const model: Bytes[] = [];
      for (let count = 0; count < 5000; count += 1) {
        const pushed = ascii(`element ${count % 40}`);
        list.push(count % 3 === 0 ? "head" : "tail", pushed);
        if (count % 3 === 0) model.unshift(pushed);
        else model.push(pushed);
      }
      for (const step of operations) apply(list, model, step);
      expectEqual(rangeOf(list, 0, model.length - 1), model);
    }),
    { numRuns: 50 },
  );
});

test("every byte value comes back from a sealed chunk and from an open end", () => {
  const list = new List();
  for (let count = 0; count < 1000; count += 1) list.pushTail(slice(ALL_BYTES, count % 256));
  const all = rangeOf(list, 0, 999);
  expect(all[0]).toBe(ALL_BYTES);
  expect(all.every((value, index) => value === slice(ALL_BYTES, index % 256))).toBe(true);
  expect(list.popTail()).toBe(slice(ALL_BYTES, 999 % 256));
  expect(list.popHead()).toBe(ALL_BYTES);
});

test("an element that looks like the packed form of another is not taken for it", () => {
  const list = new List();
  const [plain, disguised] = [ascii("a"), ascii("\u0001a")];
  for (let count = 0; count < 1000; count += 1) list.pushTail(count % 2 === 0 ? disguised : plain);
  const all = { start: 0, stop: 999, from: "head" } as const;
  expect(indexesOf(list, plain, all)).toHaveLength(500);
  expect(indexesOf(list, plain, all).every((index) => index % 2 === 1)).toBe(true);
  expect(list.remove(plain, { from: "tail", countMax: Number.POSITIVE_INFINITY })).toBe(500);
  expect(indexesOf(list, disguised, { ...all, stop: 499 })).toHaveLength(500);
});

test("a clone and its original go ways of their own", () => {
  const original = new List();
  const model: Bytes[] = [];
  for (let count = 0; count < 1000; count += 1) {
    original.push(count % 2 === 0 ? "head" : "tail", ascii(String(count)));
    if (count % 2 === 0) model.unshift(ascii(String(count)));
    else model.push(ascii(String(count)));
  }
  const clone = original.clone();
  for (const index of [0, 500, 999]) clone.set(index, ascii("changed"));
  clone.insert(400, ascii("new"));
  clone.trim({ start: 100, stop: 900 });
  clone.pushHead(ascii("new"));
  clone.pushTail(ascii("new"));
  expectEqual(rangeOf(original, 0, 999), model);
  original.trim({ start: 0, stop: 0 });
  expect([clone.length, clone.at(0), clone.at(400), clone.at(802)]).toEqual([
    803,
    "new",
    "2",
    "new",
  ]);
});

test("popping an empty list gives undefined and leaves it usable", () => {
  const list = new List();
  expect(list.popHead()).toBeUndefined();
  expect(list.popTail()).toBeUndefined();
  list.pushHead(ascii("a"));
  expect(list.popTail()).toBe("a");
  expect(list.popTail()).toBeUndefined();
  expect(list.length).toBe(0);
});

test("a range that starts after it stops visits nothing", () => {
  const list = new List();
  for (let count = 0; count < 600; count += 1) list.pushTail(ascii(String(count)));
  expect(rangeOf(list, 5, 4)).toEqual([]);
  expect(rangeOf(list, 300, 299)).toEqual([]);
  expect(rangeOf(list, 599, 598)).toEqual([]);
  expect(rangeOf(list, 255, 258)).toEqual(["255", "256", "257", "258"]);
});
