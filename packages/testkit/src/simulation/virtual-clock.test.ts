import fc from "fast-check";
import { expect, test } from "vitest";
import { VirtualClock } from "./virtual-clock.ts";

test("events come by their time, and those of one time in the order in which they were asked for", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 20 })), (times) => {
      const clock = new VirtualClock();
      const seen: [number, number][] = [];
      for (const [index, atMs] of times.entries()) clock.at(atMs, () => seen.push([atMs, index]));
      clock.runUntil(100);
      const expected = times
        .map((atMs, index): [number, number] => [atMs, index])
        .sort((left, right) => left[0] - right[0] || left[1] - right[1]);
      expect(seen).toEqual(expected);
    }),
  );
});

test("an event may ask for others, which come in the same run when they are due", () => {
  const clock = new VirtualClock();
  const seen: number[] = [];
  const again = (): void => {
    seen.push(clock.nowMs);
    clock.after(10, again);
  };
  clock.at(5, again);
  clock.runUntil(30);
  expect(seen).toEqual([5, 15, 25]);
  expect(clock.nowMs).toBe(30);
});

test("what is asked for in the past comes now", () => {
  const clock = new VirtualClock();
  clock.runUntil(50);
  let atMs = 0;
  clock.at(10, () => {
    atMs = clock.nowMs;
  });
  clock.runUntil(60);
  expect(atMs).toBe(50);
});
