import * as fc from "fast-check";
import { expect, test } from "vitest";
import { OrderedSlots } from "./ordered-slots.ts";

// Goal: the index holds what was added and not removed, in order, through every split and join of its chunks.

/** Slots ordered by themselves: what a record is has no part in this. */
const compareNumbers = (a: number, b: number): number => a - b;
/** Twenty slots share a key: then the comparison decides. */
const byNumber = { compare: compareNumbers, keyOf: (slot: number) => Math.floor(slot / 20) };
/** Numbers that neither rise nor fall, as of slots that were freed and given out again. Each is there once: a prime. */
const place = (slot: number): number => (slot * 7919) % 20_011;
const scattered = { compare: (a: number, b: number) => place(a) - place(b), keyOf: place };

function contents(index: OrderedSlots, from?: number): number[] {
  const slots: number[] = [];
  index.forEachFrom(from, (slot) => slots.push(slot) > 0);
  return slots;
}

/** A run of slots, added or removed together, so that a few operations make many chunks and empty them. */
const operation = fc.record({
  do: fc.constantFrom("add", "remove", "retain"),
  from: fc.nat(4000),
  step: fc.constantFrom(1, 2, 3, 7, -1),
  times: fc.constantFrom(1, 10, 600, 2000),
});

test.each([
  ["their numbers", byNumber],
  ["something else", scattered],
])("it is a set of slots, sorted by %s", (_, order) => {
  fc.assert(
    fc.property(fc.array(operation, { maxLength: 20 }), (operations) => {
      const index = new OrderedSlots(order);
      let model = new Set<number>();
      for (const { do: what, from, step, times } of operations) {
        if (what === "retain") {
          const isKept = (slot: number): boolean => slot % 3 !== 0;
          index.retain(isKept);
          model = new Set([...model].filter(isKept));
          continue;
        }
        for (let time = 0; time < times; time += 1) {
          const slot = from + step * time;
          if (slot < 0 || model.has(slot) === (what === "add")) continue;
          if (what === "add") {
            index.add(slot);
            model.add(slot);
          } else {
            index.remove(slot);
            model.delete(slot);
          }
        }
      }
      const sorted = [...model].sort(order.compare);
      expect(index.length).toBe(sorted.length);
      expect(contents(index)).toEqual(sorted);
      expect(contents(index, 2000)).toEqual(
        sorted.filter((slot) => order.compare(slot, 2000) >= 0),
      );
      expect([index.first(), index.last()]).toEqual([sorted[0], sorted.at(-1)]);
      for (const probe of [0, 1, 2000, 4000, 20_000]) {
        expect(index.firstFrom(probe)).toBe(sorted.find((slot) => order.compare(slot, probe) >= 0));
        expect(index.find(probe)).toBe(model.has(probe) ? probe : undefined);
      }
    }),
    {
      numRuns: 60,
      // What comes between the halves of a chunk that is being split, and then what belongs right before it.
      examples: [
        [
          [
            { do: "add", from: 512, step: -1, times: 2000 },
            { do: "add", from: 777, step: -1, times: 2000 },
          ],
        ],
      ],
    },
  );
});

test("a queue of slots, in at one end and out at the other, stays as it is", () => {
  const index = new OrderedSlots(byNumber);
  for (let slot = 1; slot <= 5000; slot += 1) {
    index.add(slot);
    if (slot > 3) index.remove(slot - 3);
    expect(index.first()).toBe(Math.max(1, slot - 2));
  }
  expect(contents(index)).toEqual([4998, 4999, 5000]);
});

test("removing what is not there is a bug that shows at once", () => {
  const index = new OrderedSlots(byNumber);
  index.add(5);
  expect(() => {
    index.remove(4);
  }).toThrow("a slot is where its record says");
});

test("a slot that came back to another place is found there, not where it was", () => {
  const places = new Map([4, 1, 2, 3, 9].map((slot, at) => [slot, at]));
  const placeOf = (slot: number): number => places.get(slot) ?? 0;
  const index = new OrderedSlots({
    compare: (a, b) => placeOf(a) - placeOf(b),
    keyOf: placeOf,
  });
  for (const slot of places.keys()) index.add(slot);
  index.remove(3);
  index.remove(9);
  places.set(9, 0.5);
  index.add(9);
  expect(contents(index)).toEqual([4, 9, 1, 2]);
  index.remove(9);
  expect(contents(index)).toEqual([4, 1, 2]);
});
