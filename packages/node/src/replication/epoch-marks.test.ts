import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { commonPrefix, EpochMarks, type LogOutline } from "./epoch-marks.ts";
import { EPOCH_MARKS_MAX } from "./limits.ts";

/** `outline(170, [1, 0], [2, 150])`: a log of 170 bytes, of which the reign 2 wrote the last 20. */
function outline(endOffset: number, ...marks: (readonly [number, number])[]): LogOutline {
  return {
    historyId: "h",
    marks: marks.map(([epoch, offset]) => ({ epoch, offset })),
    endOffset,
  };
}

describe("the common prefix of two logs", () => {
  test.each([
    ["one is behind", outline(100, [1, 0]), outline(170, [1, 0]), [1, 100]],
    ["equal", outline(100, [1, 0]), outline(100, [1, 0]), [1, 100]],
    // The reign 2 began where the other log had more of the reign 1.
    ["a tail that went to nobody", outline(200, [1, 0]), outline(170, [1, 0], [2, 150]), [1, 150]],
    [
      "two tails of two reigns",
      outline(170, [1, 0], [2, 150]),
      outline(220, [1, 0], [3, 160]),
      [1, 150],
    ],
    [
      "a reign that wrote nothing in one of them",
      outline(150, [1, 0], [2, 150]),
      outline(170, [1, 0], [2, 150]),
      [2, 150],
    ],
    [
      "only the youngest reign is still known to both",
      outline(900, [7, 500]),
      outline(700, [5, 100], [7, 500]),
      [7, 700],
    ],
    ["nothing was ever written", outline(0, [1, 0]), outline(0, [1, 0], [2, 0]), [1, 0]],
  ] as const)("%s", (_what, one, other, [epoch, offset]) => {
    expect(commonPrefix(one, other)).toEqual({ epoch, offset });
    expect(commonPrefix(other, one)).toEqual({ epoch, offset });
  });

  test.each([
    ["other histories", outline(9, [1, 0]), { ...outline(9, [1, 0]), historyId: "other" }],
    ["a log of nothing", { ...outline(0), historyId: "" }, { ...outline(0), historyId: "" }],
    ["no reign in common", outline(200, [1, 0]), outline(900, [7, 500])],
    ["a reign with two beginnings", outline(200, [1, 0], [2, 90]), outline(200, [1, 0], [2, 80])],
  ])("is unknown: %s", (_what, one, other) => {
    expect(commonPrefix(one, other)).toBeUndefined();
  });

  test("is what the logs share, whoever led and whatever was cut", () => {
    // Reigns follow one another: each begins at the end of one of the logs, which was cut to nothing or copied before.
    const reign = fc.record({
      leader: fc.nat(2),
      writes: fc.nat(3),
      followers: fc.array(fc.record({ id: fc.nat(2), bytes: fc.nat(4) }), { maxLength: 4 }),
    });
    fc.assert(
      fc.property(fc.array(reign, { maxLength: 12, size: "max" }), (reigns) => {
        const logs = [0, 1, 2].map(() => ({ marks: new EpochMarks(), bytes: [] as string[] }));
        const outlineOf = ({ marks, bytes }: (typeof logs)[number]): LogOutline => ({
          historyId: "h",
          marks: marks.all,
          endOffset: bytes.length,
        });
        for (const log of logs) log.marks.add({ epoch: 0, offset: 0 });
        for (const [index, { leader, writes, followers }] of reigns.entries()) {
          const epoch = index + 1;
          const primary = logs[leader];
          if (primary === undefined) continue;
          primary.marks.add({ epoch, offset: primary.bytes.length });
          for (let count = 0; count < writes; count += 1) primary.bytes.push(`${epoch}.${count}`);
          for (const { id, bytes } of followers) {
            const replica = logs[id];
            if (replica === undefined || replica === primary) continue;
            const common = commonPrefix(outlineOf(primary), outlineOf(replica));
            if (common === undefined) throw new Error("the first reign is known to all");
            replica.bytes.length = common.offset;
            replica.marks.dropAbove(common.epoch);
            for (let at = common.offset; at <= common.offset + bytes; at += 1) {
              if (at > primary.bytes.length) break;
              const mark = primary.marks.at(at);
              if (mark !== undefined && mark.epoch > replica.marks.lastEpoch)
                replica.marks.add({ epoch: mark.epoch, offset: at });
              const byte = primary.bytes[at];
              if (at < common.offset + bytes && byte !== undefined) replica.bytes.push(byte);
            }
          }
          for (const one of logs) {
            for (const other of logs) {
              const common = commonPrefix(outlineOf(one), outlineOf(other));
              const firstDifference = one.bytes.findIndex((byte, at) => byte !== other.bytes[at]);
              const shared = firstDifference === -1 ? one.bytes.length : firstDifference;
              expect(common?.offset).toBe(Math.min(shared, other.bytes.length));
            }
          }
        }
      }),
      { numRuns: 500 },
    );
  });
});

describe("marks", () => {
  test("a reign that wrote nothing gives way to the next one", () => {
    const marks = new EpochMarks();
    marks.add({ epoch: 1, offset: 0 });
    marks.add({ epoch: 2, offset: 5 });
    marks.add({ epoch: 3, offset: 5 });
    expect(marks.all).toEqual([
      { epoch: 1, offset: 0 },
      { epoch: 3, offset: 5 },
    ]);
  });

  test("of the bytes that are gone only the reign stays that wrote the next one, or ended there", () => {
    const marks = new EpochMarks();
    for (const [epoch, offset] of [
      [1, 0],
      [2, 10],
      [3, 20],
    ] as const)
      marks.add({ epoch, offset });
    marks.dropBelow(20);
    expect(marks.all.map(({ epoch }) => epoch)).toEqual([2, 3]);
    marks.dropBelow(21);
    expect(marks.all.map(({ epoch }) => epoch)).toEqual([3]);
  });

  test("there are never more than the limit, and the youngest stay", () => {
    const marks = new EpochMarks();
    for (let epoch = 0; epoch < 2 * EPOCH_MARKS_MAX; epoch += 1)
      marks.add({ epoch, offset: epoch });
    expect(marks.all).toHaveLength(EPOCH_MARKS_MAX);
    expect(marks.lastEpoch).toBe(2 * EPOCH_MARKS_MAX - 1);
  });
});
