import { ascii, fromBuffer, slice, type Bytes } from "@slotcast/protocol";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { List } from "./list.ts";

const ALL_BYTES = fromBuffer(Buffer.from(Uint8Array.from({ length: 256 }, (_, byte) => byte)));

/** Goes through every border: nothing, a byte, a view, the two forms of a length, loose chunks, a big one. */
const elementBytes = fc.constantFrom(0, 1, 12, 13, 64, 254, 255, 256, 700, 70_000);
const element = fc
  .tuple(elementBytes, fc.nat(255))
  .map(([sizeBytes, byte]) => ascii(String.fromCharCode(byte).repeat(sizeBytes)));
/** Long runs of one operation, so that chunks are sealed and opened again at both ends. */
const operation = fc.record({
  do: fc.constantFrom("pushHead", "pushTail", "popHead", "popTail", "range"),
  times: fc.oneof(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 400 })),
  element,
});

function rangeOf(list: List, start: number, stop: number): Bytes[] {
  const elements: Bytes[] = [];
  list.forEachInRange({ start, stop }, (visited) => elements.push(visited));
  return elements;
}

/** `expect` on each of thousands of long strings would be most of the test's time. */
function expectEqual(actual: readonly Bytes[], model: readonly Bytes[]): void {
  const same = actual.length === model.length && model.every((value, at) => actual[at] === value);
  expect(same).toBe(true);
}

test("a list does what an array does, whatever the order of pushes, pops and ranges", () => {
  fc.assert(
    fc.property(fc.array(operation, { maxLength: 40, size: "max" }), (operations) => {
      const list = new List();
      const model: Bytes[] = [];
      for (const [step, { do: name, times, element: value }] of operations.entries()) {
        if (name === "range") {
          const start = Math.min(times, Math.max(model.length - 1, 0));
          const stop = Math.min(start + step * 20, model.length - 1);
          expectEqual(rangeOf(list, start, stop), model.slice(start, stop + 1));
          continue;
        }
        for (let time = 0; time < times; time += 1) {
          const marked = ascii(`${value}${time % 10}`);
          if (name === "pushHead") {
            list.pushHead(marked);
            model.unshift(marked);
          } else if (name === "pushTail") {
            list.pushTail(marked);
            model.push(marked);
          } else if (name === "popHead") {
            expect(list.popHead() === model.shift()).toBe(true);
          } else {
            expect(list.popTail() === model.pop()).toBe(true);
          }
        }
        expect(list.length).toBe(model.length);
      }
      expectEqual(rangeOf(list, 0, model.length - 1), model);
    }),
    { numRuns: 60 },
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
