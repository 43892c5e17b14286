import { SLOTS } from "@slotcast/protocol";
import fc from "fast-check";
import { expect, test } from "vitest";
import { divideSlots, rangesByShard, rangesOf, slotsIn } from "./slot-ranges.ts";

test("ranges hold the same slots, ascending, and there are no fewer of them", () => {
  fc.assert(
    fc.property(fc.array(fc.nat({ max: 40 })), (slots) => {
      const ranges = rangesOf(slots);
      expect(slotsIn(ranges)).toEqual([...new Set(slots)].sort((left, right) => left - right));
      for (const [index, { first }] of ranges.entries()) {
        if (index > 0) expect(first).toBeGreaterThan((ranges[index - 1]?.last ?? 0) + 1);
      }
    }),
  );
});

test("ranges by shard say who owns what", () => {
  const owners = fc.array(fc.constantFrom("a", "b", undefined), { maxLength: 30 });
  fc.assert(
    fc.property(owners, (slotOwners) => {
      const byShard = rangesByShard(slotOwners);
      for (const shard of ["a", "b"]) {
        const own = slotOwners.flatMap((owner, slot) => (owner === shard ? [slot] : []));
        expect(byShard.get(shard) ?? []).toEqual(rangesOf(own));
      }
    }),
  );
});

// Source: `redis-cli --cluster create` of Redis 7.0.15 with so many masters.
test.each([
  [1, "0-16383"],
  [3, "0-5460 5461-10922 10923-16383"],
  [7, "0-2340 2341-4680 4681-7021 7022-9361 9362-11702 11703-14042 14043-16383"],
])("the slots for %i are divided as redis-cli divides them", (primaries, expected) => {
  const ranges = divideSlots(primaries).map(({ first, last }) => `${first}-${last}`);
  expect(ranges.join(" ")).toBe(expected);
});

test("for any number of primaries every slot is given once, and shares differ by little", () => {
  for (let primaries = 1; primaries <= 1000; primaries += 1) {
    let next = 0;
    let farthest = 0;
    for (const { first, last } of divideSlots(primaries)) {
      farthest = Math.max(farthest, Math.abs(last - first + 1 - SLOTS / primaries));
      next = first === next ? last + 1 : Number.NaN;
    }
    expect(next).toBe(SLOTS);
    expect(farthest).toBeLessThan(2);
  }
});
