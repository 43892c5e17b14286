import { ascii, type Bytes } from "@slotcast/protocol";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { EffectLog } from "./effect-log.ts";
import { PIECE_BYTES_MAX, SEAL_BYTES } from "./limits.ts";
import { HASH_OF_NOTHING, hashOn } from "./log-hash.ts";

const HISTORY = "1".repeat(40);

function newLog({ backlogBytesMax = 1000 } = {}): EffectLog {
  const log = new EffectLog({ backlogBytesMax });
  log.beginHistory(HISTORY, 1);
  return log;
}

function add(log: EffectLog, ...effects: string[]): void {
  for (const effect of effects) log.append(ascii(effect));
  log.seal();
}

function textOf(log: EffectLog, from = log.startOffset, to = log.endOffset): string {
  return [...log.read(from, to)].map(({ effects }) => effects).join("");
}

describe("offsets", () => {
  test("an effect ends where its bytes end in the history", () => {
    const log = newLog();
    expect(log.append(ascii("abc"))).toBe(3);
    expect(log.append(ascii("de"))).toBe(5);
    expect(log.position).toEqual({ historyId: HISTORY, epoch: 1, offset: 5 });
    expect(textOf(log)).toBe("abcde");
  });

  test("a log without a history has no position that another one could share", () => {
    const log = new EffectLog();
    expect(log.position).toEqual({ historyId: "", epoch: 0, offset: 0 });
    expect(log.outline.marks).toEqual([]);
  });

  test("an end of an effect is found before another one", () => {
    const log = newLog({ backlogBytesMax: 4 });
    add(log, "abcdefgh");
    add(log, "ijkl");
    add(log, "mn");
    expect([1, 2, 3, 6, 7, 100].map((bytes) => log.endBefore(14, bytes))).toEqual([
      12, 12, 0, 0, 0, 0,
    ]);
    log.commitTo(14);
    log.trim();
    expect(log.endBefore(14, 100)).toBe(0);
    expect(log.endBefore(14, 0)).toBe(14);
  });

  test("another history goes on counting, and nothing of the one before is kept", () => {
    const log = newLog();
    add(log, "abc");
    log.beginHistory("2".repeat(40), 4);
    expect(log).toMatchObject({ startOffset: 3, commitOffset: 3, endOffset: 3, epoch: 4 });
    expect(log.slice(0)).toBeUndefined();
  });

  test("a log restarts where a snapshot ends, all of it committed", () => {
    const log = newLog();
    add(log, "abc");
    const mark = { epoch: 7, offset: 90 };
    log.restart({ historyId: "2".repeat(40), offset: 100, hash: 5, marks: [mark] });
    expect(log).toMatchObject({ startOffset: 100, commitOffset: 100, endOffset: 100, hash: 5 });
    expect(log.outline.marks).toEqual([mark]);
  });
});

describe("slices", () => {
  test("what one turn appended is one slice", () => {
    const log = newLog();
    add(log, "ab", "cd");
    add(log, "ef");
    expect(log.slice(4)?.effects).toBe("ef");
    expect(log.slice(0)?.effects).toBe("abcdef");
    expect(log.slice(6)?.effects).toBe("");
  });

  test("is cut between turns, and holds one turn however large it is", () => {
    const log = newLog();
    add(log, "abcdef");
    add(log, "gh");
    expect(log.slice(0, 3)?.effects).toBe("abcdef");
    expect(log.slice(0, 7)?.effects).toBe("abcdef");
    expect(log.slice(0, 8)?.effects).toBe("abcdefgh");
  });

  test("ends where a reign ends, and says who wrote it", () => {
    const log = newLog();
    add(log, "ab");
    log.beginEpoch(3);
    add(log, "cd");
    expect(log.slice(0)).toMatchObject({ effects: "ab", writtenEpoch: 1 });
    expect(log.slice(2)).toMatchObject({ effects: "cd", writtenEpoch: 3 });
    expect(log.slice(4)).toMatchObject({ effects: "", writtenEpoch: 3 });
  });

  test("there is none before the start and beyond the end", () => {
    const log = newLog({ backlogBytesMax: 2 });
    add(log, "abc");
    add(log, "de");
    log.commitTo(5);
    log.trim();
    expect(log.startOffset).toBe(3);
    expect(log.slice(2)).toBeUndefined();
    expect(log.slice(6)).toBeUndefined();
  });

  test("a turn of many effects is sealed before it is too long for a frame", () => {
    const log = newLog();
    const effect = ascii("x".repeat(1000));
    for (let count = 0; count < SEAL_BYTES / 500; count += 1) log.append(effect);
    const { length } = log.slice(0, 1)?.effects ?? "";
    expect(length).toBeLessThanOrEqual(SEAL_BYTES);
    expect(length % 1000).toBe(0);
  });

  test("an effect that is larger than a piece stays whole", () => {
    const log = newLog();
    add(log, "a", "x".repeat(SEAL_BYTES * 2));
    expect(log.slice(1, 1)?.effects).toHaveLength(SEAL_BYTES * 2);
  });
});

describe("commit", () => {
  test("never goes back, and never beyond the end", () => {
    const log = newLog();
    add(log, "abcd");
    log.commitTo(3);
    log.commitTo(1);
    expect(log.commitOffset).toBe(3);
    expect(() => log.commitTo(5)).toThrow(/beyond the end/);
  });

  test("what is not committed is kept, however long the backlog is", () => {
    const log = newLog({ backlogBytesMax: 0 });
    add(log, "abc");
    add(log, "def");
    log.commitTo(3);
    log.trim();
    expect(log.startOffset).toBe(3);
    expect(textOf(log)).toBe("def");
  });

  test("what is still needed is kept", () => {
    const log = newLog({ backlogBytesMax: 0 });
    for (const effect of ["abcdef", "gh", "i"]) add(log, effect);
    log.commitTo(9);
    log.trim(7);
    expect(log.startOffset).toBe(6);
    log.trim();
    expect(log.startOffset).toBe(9);
  });

  test("is never cut off at the end", () => {
    const log = newLog();
    add(log, "abcd");
    log.commitTo(3);
    expect(() => log.truncateTo({ offset: 2, epoch: 1 })).toThrow(/truncate/);
  });
});

describe("truncation", () => {
  test("in the middle of a turn gives the log that ends there", () => {
    const log = newLog();
    const short = newLog();
    add(log, "abcdef");
    add(log, "gh");
    add(short, "abcd");
    log.truncateTo({ offset: 4, epoch: 1 });
    expect(log.position).toEqual(short.position);
    expect(log.hash).toBe(short.hash);
    add(log, "xy");
    expect(textOf(log)).toBe("abcdxy");
  });

  test("forgets the reigns that did not happen, also those that wrote nothing", () => {
    const log = newLog();
    add(log, "ab");
    log.beginEpoch(2);
    log.truncateTo({ offset: 2, epoch: 1 });
    expect(log.outline.marks).toEqual([{ epoch: 1, offset: 0 }]);
  });
});

describe("batches", () => {
  test("a batch of another reign begins it", () => {
    const primary = newLog();
    const replica = newLog();
    add(primary, "ab");
    primary.beginEpoch(2);
    add(primary, "cd");
    for (const from of [0, 2]) {
      const batch = primary.slice(from);
      if (batch !== undefined) expect(replica.appendBatch(batch)).toBeUndefined();
    }
    expect(replica.position).toEqual(primary.position);
    expect(replica.outline).toEqual(primary.outline);
    expect(replica.hash).toBe(primary.hash);
  });

  test("damaged bytes are not appended", () => {
    const replica = newLog();
    const hashAfter = hashOn(HASH_OF_NOTHING, ascii("ab"));
    const effects = ascii("aB");
    expect(replica.appendBatch({ effects, writtenEpoch: 1, hashAfter })).not.toBeUndefined();
    expect(replica.endOffset).toBe(0);
  });
});

describe("a log that has missed something", () => {
  test("goes on counting, and nobody can go on from before", () => {
    const log = newLog();
    add(log, "abc");
    log.beginEpoch(3);
    add(log, "de");
    log.beginEpoch(4);
    log.commitTo(5);
    const { position, hash } = log;
    log.forgetAll();
    expect([log.startOffset, log.position, log.hash]).toEqual([5, position, hash]);
    expect([log.slice(4), textOf(log)]).toEqual([undefined, ""]);
    expect(log.outline.marks.map(({ epoch }) => epoch)).toEqual([3, 4]);
    add(log, "fg");
    expect([textOf(log), log.endOffset, log.hash]).toEqual([
      "fg",
      7,
      hashOn(HASH_OF_NOTHING, ascii("abcdefg")),
    ]);
  });

  test("cannot while some of it is not committed", () => {
    const log = newLog();
    add(log, "abc");
    log.commitTo(2);
    expect(() => {
      log.forgetAll();
    }).toThrow("what is not committed is still needed");
  });
});

/** A log, and the text that it must have. */
const effects = fc.array(fc.string({ unit: "binary-ascii", maxLength: 40 }), { maxLength: 4 });
const steps = fc.array(
  fc.oneof(
    fc.record({ add: effects }),
    fc.record({ add: fc.constant(["y".repeat(PIECE_BYTES_MAX)]) }),
    fc.record({ commit: fc.double({ min: 0, max: 1, noNaN: true }) }),
    fc.record({ cut: fc.double({ min: 0, max: 1, noNaN: true }) }),
    fc.record({ reign: fc.constant(true) }),
  ),
  { maxLength: 60, size: "max" },
);

test("whatever is appended, cut and trimmed, it is the text, and so is its hash", () => {
  fc.assert(
    fc.property(steps, (all) => {
      const log = newLog({ backlogBytesMax: 60 });
      let text = "";
      for (const step of all) {
        if ("add" in step) {
          add(log, ...step.add);
          text += step.add.join("");
        } else if ("commit" in step) {
          log.commitTo(Math.floor(step.commit * text.length));
          log.trim();
        } else if ("cut" in step) {
          const offset = log.commitOffset + Math.floor(step.cut * (text.length - log.commitOffset));
          // The reign that wrote the byte before it; the first when there is none.
          const epoch = log.outline.marks.findLast((mark) => mark.offset < offset)?.epoch ?? 1;
          log.truncateTo({ offset, epoch });
          text = text.slice(0, offset);
        } else log.beginEpoch(log.epoch + 1);
        const whole = ascii(text);
        expect(log.endOffset).toBe(text.length);
        expect(textOf(log)).toBe(text.slice(log.startOffset));
        expect(log.hash).toBe(hashOn(HASH_OF_NOTHING, whole));
        expect(log.startOffset).toBeLessThanOrEqual(log.commitOffset);
        expectSlices(log, whole);
      }
    }),
    { numRuns: 200 },
  );
});

/** One after the other they are the text, each with its hashes. */
function expectSlices(log: EffectLog, text: Bytes): void {
  let at = log.startOffset;
  while (at < log.endOffset) {
    const slice = log.slice(at, 50);
    if (slice === undefined) throw new Error(`no slice at ${at}`);
    const end = at + slice.effects.length;
    expect(slice.effects).toBe(text.slice(at, end));
    expect(slice.hashBefore).toBe(hashOn(HASH_OF_NOTHING, ascii(text.slice(0, at))));
    expect(slice.hashAfter).toBe(hashOn(HASH_OF_NOTHING, ascii(text.slice(0, end))));
    expect(end).toBeGreaterThan(at);
    at = end;
  }
}
