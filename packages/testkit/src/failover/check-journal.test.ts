import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { checkJournal } from "./check-journal.ts";
import type { Contents, StreamContents } from "./contents.ts";
import { Journal, type Answer, type RequestKind } from "./journal.ts";

// Goal: the checker sees what a cluster may do wrong, and blames it for nothing that a client library did.
// Method: journals and contents made up by hand; a word of the journal is a request and what came of it.

/** `told`: acknowledged with this; `tries`: written so often to connections that gave no answer. */
interface Step {
  readonly kind: RequestKind;
  readonly value?: string;
  readonly told?: Answer;
  readonly end?: "refused" | "unknown" | "open";
  readonly tries?: number;
  /** Sent and answered at these times; else one after the other. */
  readonly at?: readonly [sentMs: number, endedMs: number];
}

const KEY = "key";
const NOTHING: Contents = {
  lists: new Map(),
  queues: new Map(),
  counters: new Map(),
  sets: new Map(),
  streams: new Map(),
};

function journalOf(steps: readonly Step[]): Journal {
  const journal = new Journal();
  for (const [index, { kind, value = "", told = null, end, tries = 0, at }] of steps.entries()) {
    const [sentMs, endedMs] = at ?? [10 * index, 10 * index + 5];
    const entry = journal.sent({ kind, key: KEY, value, client: "test" }, sentMs);
    if (end === "open") continue;
    const outcome = end ?? "acknowledged";
    journal.ended(entry, { outcome, answer: told, unansweredAttempts: tries }, endedMs);
  }
  return journal;
}

function findingsOf(steps: readonly Step[], contents: Partial<Contents>): unknown {
  return checkJournal(journalOf(steps), { ...NOTHING, ...contents }).findings.toRecord();
}

const append = (value: string, told: number, more: Partial<Step> = {}): Step => ({
  kind: "append",
  value,
  told,
  ...more,
});

describe("a list", () => {
  const findingsOfList = (steps: readonly Step[], list: readonly string[]): unknown =>
    findingsOf(steps, { lists: new Map([[KEY, list]]) });

  test("with everything where it was said to be has no findings", () => {
    expect(findingsOfList([append("a", 1), append("b", 2)], ["a", "b"])).toEqual({});
  });

  test("without an acknowledged value has lost it", () => {
    expect(findingsOfList([append("a", 1), append("b", 2)], ["a"])).toEqual({ lost: 1 });
    expect(findingsOfList([append("a", 1)], [])).toEqual({ lost: 1 });
  });

  test("may hold or lack what nobody was told about", () => {
    const unknown: Step = { kind: "append", value: "a", end: "unknown", tries: 1 };
    expect(findingsOfList([unknown], ["a"])).toEqual({});
    expect(findingsOfList([unknown], [])).toEqual({});
    const open: Step = { kind: "append", value: "a", end: "open" };
    expect(findingsOfList([open], ["a"])).toEqual({});
    expect(findingsOfList([open], ["a", "a"])).toEqual({ duplicated: 1 });
  });

  test("with two of what was sent once has duplicated it", () => {
    expect(findingsOfList([append("a", 1)], ["a", "a"])).toEqual({ duplicated: 1 });
  });

  test("with two of what the library sent twice has not", () => {
    const resent = append("a", 2, { tries: 1 });
    const contents = { ...NOTHING, lists: new Map([[KEY, ["a", "a"]]]) };
    const verdict = checkJournal(journalOf([resent]), contents);
    expect(verdict.findings.toRecord()).toEqual({});
    expect(verdict.resentCopies).toBe(1);
    expect(findingsOfList([resent], ["a", "a", "a"])).toEqual({ duplicated: 1 });
  });

  test("must not hold what was refused", () => {
    const refused: Step = { kind: "append", value: "a", end: "refused" };
    expect(findingsOfList([refused], ["a"])).toEqual({ refused: 1 });
    expect(findingsOfList([refused], [])).toEqual({});
    // Refused at last, and sent before to a node that died: that one may have executed it.
    expect(findingsOfList([{ ...refused, tries: 1 }], ["a"])).toEqual({});
  });

  test("in another order than its writers were told is reordered", () => {
    const found = findingsOfList([append("a", 1), append("b", 2)], ["b", "a"]);
    expect(found).toEqual({ reordered: 2 });
  });

  test("whose order contradicts time is reordered", () => {
    const late = append("a", 1, { at: [50, 60] });
    const early = append("b", 2, { at: [0, 10] });
    expect(findingsOfList([early, late], ["a", "b"])).toEqual({ reordered: 1 });
    const overlapping = append("a", 1, { at: [5, 60] });
    expect(findingsOfList([early, overlapping], ["a", "b"])).toEqual({});
  });

  test("with a value that nobody wrote is foreign", () => {
    expect(findingsOfList([], ["a"])).toEqual({ foreign: 1 });
  });

  test("that forgot its end and went on: every forgotten value is found", () => {
    fc.assert(
      fc.property(fc.nat(20), fc.nat(20), fc.nat(20), (kept, forgotten, after) => {
        const numbers = Array.from({ length: kept + forgotten + after }, (_, index) => index);
        const steps = numbers.map((number) =>
          append(`${number}`, number < kept + forgotten ? number + 1 : number + 1 - forgotten),
        );
        const list = numbers.filter((number) => number < kept || number >= kept + forgotten);
        const journal = journalOf(steps);
        const contents = { ...NOTHING, lists: new Map([[KEY, list.map(String)]]) };
        expect(checkJournal(journal, contents).findings.count("lost")).toBe(forgotten);
      }),
    );
  });
});

describe("a queue", () => {
  const findingsOfQueue = (
    steps: readonly Step[],
    taken: readonly string[],
    waiting: readonly string[],
  ): unknown => findingsOf(steps, { queues: new Map([[KEY, { taken, waiting }]]) });
  const pushes: readonly Step[] = [
    { kind: "enqueue", value: "a", told: 1 },
    { kind: "enqueue", value: "b", told: 2 },
  ];

  test("holds what was pushed, taken or not", () => {
    const steps: Step[] = [...pushes, { kind: "move", told: "a" }, { kind: "move", told: null }];
    expect(findingsOfQueue(steps, ["a"], ["b"])).toEqual({});
    expect(findingsOfQueue(pushes, ["a"], ["b"])).toEqual({});
  });

  test("without a pushed value has lost it", () => {
    expect(findingsOfQueue(pushes, ["a"], [])).toEqual({ lost: 1 });
  });

  test("that gave a value and still has it, or gave it twice, has forgotten the taking", () => {
    const move: Step = { kind: "move", told: "a" };
    expect(findingsOfQueue([...pushes, move], [], ["a", "b"])).toEqual({ lost: 1 });
    expect(findingsOfQueue([...pushes, move, move], ["a"], ["b"])).toEqual({ lost: 1 });
  });

  test("hands out in the order of pushes", () => {
    expect(findingsOfQueue(pushes, ["b"], ["a"])).toEqual({ reordered: 1 });
  });
});

describe("a counter", () => {
  const findingsOfCounter = (steps: readonly Step[], value: number): unknown =>
    findingsOf(steps, { counters: new Map([[KEY, value]]) });
  const count = (told: number, more: Partial<Step> = {}): Step => ({
    kind: "count",
    told,
    ...more,
  });
  const look = (told: number, more: Partial<Step> = {}): Step => ({ kind: "look", told, ...more });
  const unknown: Step = { kind: "count", end: "unknown", tries: 1 };

  test("that counted every request once has no findings", () => {
    expect(findingsOfCounter([count(1), look(1), count(2)], 2)).toEqual({});
    expect(findingsOfCounter([count(1), unknown, count(3)], 3)).toEqual({});
    expect(findingsOfCounter([count(1), unknown, count(2)], 2)).toEqual({});
    expect(findingsOfCounter([count(2, { tries: 1 })], 2)).toEqual({});
  });

  test("lower than what it told has lost increments", () => {
    expect(findingsOfCounter([count(1), count(2)], 1)).toEqual({ lost: 1 });
    expect(findingsOfCounter([count(1), unknown, count(3)], 2)).toEqual({ lost: 1 });
  });

  test("that told a number twice has lost one in between", () => {
    const found = findingsOfCounter([count(1), count(2), count(2), unknown], 3);
    expect(found).toMatchObject({ "given twice": 1, lost: 1 });
  });

  test("higher than all requests has executed one twice", () => {
    expect(findingsOfCounter([count(1), count(2)], 3)).toEqual({ duplicated: 1 });
    expect(findingsOfCounter([count(1), unknown], 3)).toEqual({ duplicated: 1 });
    const refused: Step = { kind: "count", end: "refused" };
    expect(findingsOfCounter([count(1), refused], 2)).toEqual({ duplicated: 1 });
  });

  test("read lower than what had been told before is a stale read", () => {
    const late = look(0, { at: [20, 30] });
    expect(findingsOfCounter([count(1, { at: [0, 10] }), late], 1)).toEqual({ stale: 1 });
    const early = look(0, { at: [9, 30] });
    expect(findingsOfCounter([count(1, { at: [0, 10] }), early], 1)).toEqual({});
  });

  test("read lower than a read before is a stale read", () => {
    const steps = [count(1, { at: [0, 100] }), look(1, { at: [5, 10] }), look(0, { at: [20, 30] })];
    expect(findingsOfCounter(steps, 1)).toEqual({ stale: 1 });
  });

  test("read higher than what was counted by then is from nowhere", () => {
    const steps = [look(2, { at: [0, 5] }), count(1, { at: [0, 9] }), count(2, { at: [10, 20] })];
    expect(findingsOfCounter(steps, 2)).toEqual({ stale: 1 });
  });
});

describe("a set", () => {
  const findingsOfSet = (steps: readonly Step[], members: readonly string[]): unknown =>
    findingsOf(steps, { sets: new Map([[KEY, new Set(members)]]) });
  const add = (told: number, tries = 0): Step => ({ kind: "add", value: "a", told, tries });

  test("lacks nothing that was added", () => {
    expect(findingsOfSet([add(1)], ["a"])).toEqual({});
    expect(findingsOfSet([add(1)], [])).toEqual({ lost: 1 });
  });

  test("that knew a member which was sent once has executed it twice", () => {
    expect(findingsOfSet([add(0)], ["a"])).toEqual({ duplicated: 1 });
    expect(findingsOfSet([add(0, 1)], ["a"])).toEqual({});
  });
});

describe("a stream and its group", () => {
  const ENTRIES = [
    { id: "1-0", value: "a" },
    { id: "1-1", value: "b" },
    { id: "2-0", value: "c" },
  ];
  const WRITES: readonly Step[] = ENTRIES.map(({ id, value }) => ({
    kind: "write",
    value,
    told: id,
  }));
  const take = (consumer: string, ids: readonly string[]): Step => ({
    kind: "take",
    value: consumer,
    told: ids,
  });
  const settle = (id: string, told = 1): Step => ({ kind: "settle", value: id, told });
  const lostTake: Step = { kind: "take", value: "x", end: "unknown", tries: 1 };
  const findingsOfStream = (steps: readonly Step[], contents: Partial<StreamContents>): unknown =>
    findingsOf([...WRITES, ...steps], {
      streams: new Map([
        [KEY, { entries: ENTRIES, lastDeliveredId: "0-0", pending: new Map(), ...contents }],
      ]),
    });

  test("of which nothing was read, or all of it settled, have no findings", () => {
    expect(findingsOfStream([], {})).toEqual({});
    const all = [take("x", ["1-0", "1-1", "2-0"]), settle("1-0"), settle("1-1"), settle("2-0")];
    expect(findingsOfStream(all, { lastDeliveredId: "2-0" })).toEqual({});
  });

  test("an entry under another id, or out of line, is reordered; a missing one is lost", () => {
    const [first, second, third] = ENTRIES;
    if (!first || !second || !third) throw new Error("three entries");
    expect(findingsOfStream([], { entries: [first, third] })).toEqual({ lost: 1 });
    const renamed = [first, second, { id: "3-0", value: "c" }];
    expect(findingsOfStream([], { entries: renamed })).toEqual({ reordered: 1 });
    const turned = { entries: [second, first, third] };
    expect(findingsOfStream([], turned)).toMatchObject({ reordered: 2 });
  });

  test("what was taken and not settled is pending for whoever took it", () => {
    const steps = [take("x", ["1-0", "1-1"]), settle("1-1")];
    const pending = new Map([["1-0", "x"]]);
    expect(findingsOfStream(steps, { lastDeliveredId: "1-1", pending })).toEqual({});
    const without = { lastDeliveredId: "1-1", pending: new Map<string, string>() };
    expect(findingsOfStream(steps, without)).toEqual({ pending: 1 });
    const others = { lastDeliveredId: "1-1", pending: new Map([["1-0", "y"]]) };
    expect(findingsOfStream(steps, others)).toEqual({ pending: 1 });
  });

  test("what was settled is not pending again, and was pending before", () => {
    const steps = [take("x", ["1-0"]), settle("1-0")];
    const still = { lastDeliveredId: "1-0", pending: new Map([["1-0", "x"]]) };
    expect(findingsOfStream(steps, still)).toEqual({ pending: 1 });
    const never = [take("x", ["1-0"]), settle("1-0", 0)];
    expect(findingsOfStream(never, { lastDeliveredId: "1-0" })).toEqual({ pending: 1 });
    const resent: Step = { ...settle("1-0", 0), tries: 1 };
    expect(findingsOfStream([take("x", ["1-0"]), resent], { lastDeliveredId: "1-0" })).toEqual({});
  });

  test("a settling that got no answer may have happened or not", () => {
    const unknown: Step = { kind: "settle", value: "1-0", end: "unknown", tries: 1 };
    const steps = [take("x", ["1-0"]), unknown];
    expect(findingsOfStream(steps, { lastDeliveredId: "1-0" })).toEqual({});
    const pending = new Map([["1-0", "x"]]);
    expect(findingsOfStream(steps, { lastDeliveredId: "1-0", pending })).toEqual({});
  });

  test("an entry delivered to two readers is redelivered", () => {
    const steps = [take("x", ["1-0"]), take("y", ["1-0"])];
    const pending = new Map([["1-0", "y"]]);
    expect(findingsOfStream(steps, { lastDeliveredId: "1-0", pending })).toEqual({
      redelivered: 1,
    });
  });

  test("a group that stands before what it delivered has lost the delivery", () => {
    const contents = { lastDeliveredId: "0-0", pending: new Map([["1-0", "x"]]) };
    expect(findingsOfStream([take("x", ["1-0"])], contents)).toEqual({ lost: 1 });
  });

  test("entries that the group passed by are pending, and only after an answer was lost", () => {
    const contents = { lastDeliveredId: "1-0", pending: new Map([["1-0", "x"]]) };
    expect(findingsOfStream([lostTake], contents)).toEqual({});
    expect(findingsOfStream([], contents)).toEqual({ pending: 1 });
    expect(findingsOfStream([lostTake], { lastDeliveredId: "1-0" })).toEqual({ pending: 1 });
  });
});

test("a key that was written and not read back is an error, not a run without findings", () => {
  expect(() => checkJournal(journalOf([append("a", 1)]), NOTHING)).toThrow("not read back");
});
