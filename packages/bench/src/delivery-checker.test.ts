import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { DeliveryChecker, type DeliveryFaults } from "./delivery-checker.ts";
import { SEQUENCE_GAPS_MAX } from "./limits.ts";

/** One stream, number 0, of which `published` messages were sent. */
function faultsOf(received: readonly number[], published: number): DeliveryFaults {
  const checker = new DeliveryChecker({ streamCount: 1, streams: [0] });
  for (const sequence of received) checker.receive({ stream: 0, sequence });
  return checker.faults(Uint32Array.of(published));
}

describe("DeliveryChecker", () => {
  test("finds nothing when everything arrives in order", () => {
    expect(faultsOf([0, 1, 2], 3)).toEqual({ lost: 0, duplicated: 0, outOfOrder: 0, unasked: 0 });
  });

  test("counts what is missing in the middle and at the end as lost", () => {
    expect(faultsOf([0, 2, 3], 6)).toMatchObject({ lost: 3, duplicated: 0, outOfOrder: 0 });
  });

  test("counts everything as lost when nothing arrives", () => {
    expect(faultsOf([], 7)).toMatchObject({ lost: 7 });
  });

  test("counts a second copy as duplicated, next to the first or later", () => {
    expect(faultsOf([0, 0, 1, 2, 0], 3)).toMatchObject({ lost: 0, duplicated: 2, outOfOrder: 0 });
  });

  test("counts a message after a later one as out of order, not as lost", () => {
    expect(faultsOf([0, 3, 1, 2], 4)).toMatchObject({ lost: 0, duplicated: 0, outOfOrder: 2 });
  });

  test("counts a late message's second copy as duplicated", () => {
    expect(faultsOf([0, 2, 1, 1], 3)).toMatchObject({ lost: 0, duplicated: 1, outOfOrder: 1 });
  });

  test("follows streams independently", () => {
    const checker = new DeliveryChecker({ streamCount: 3, streams: [0, 2] });
    checker.receive({ stream: 0, sequence: 0 });
    checker.receive({ stream: 2, sequence: 1 });
    expect(checker.faults(Uint32Array.of(1, 9, 2))).toMatchObject({ lost: 1, outOfOrder: 0 });
  });

  test("counts messages of streams that were not subscribed to", () => {
    const checker = new DeliveryChecker({ streamCount: 2, streams: [0] });
    checker.receive({ stream: 1, sequence: 0 });
    checker.receive({ stream: 17, sequence: 0 });
    expect(checker.faults(Uint32Array.of(0, 1))).toMatchObject({ lost: 0, unasked: 2 });
  });

  test("forgets the phase before on restart", () => {
    const checker = new DeliveryChecker({ streamCount: 1, streams: [0] });
    checker.receive({ stream: 0, sequence: 5 });
    checker.restart();
    checker.receive({ stream: 0, sequence: 0 });
    expect(checker.faults(Uint32Array.of(1))).toMatchObject({ lost: 0, outOfOrder: 0 });
  });

  test("still counts losses when there are more gaps than it remembers", () => {
    const everySecond = Array.from({ length: SEQUENCE_GAPS_MAX + 10 }, (_, index) => 2 * index + 1);
    expect(faultsOf(everySecond, 2 * everySecond.length)).toMatchObject({
      lost: everySecond.length,
    });
  });

  test("agrees with a set of everything received, whatever arrives", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(40), { maxLength: 120 }), (received) => {
        const published = 50;
        const distinct = new Set(received);
        let highest = -1;
        let late = 0;
        const seen = new Set<number>();
        for (const sequence of received) {
          if (sequence < highest && !seen.has(sequence)) late += 1;
          highest = Math.max(highest, sequence);
          seen.add(sequence);
        }
        expect(faultsOf(received, published)).toEqual({
          lost: published - distinct.size,
          duplicated: received.length - distinct.size,
          outOfOrder: late,
          unasked: 0,
        });
      }),
    );
  });
});
