import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { commandFromPlain, commandToPlain } from "./command-shape.ts";
import type { FactCommand } from "./fact-command.ts";
import { NO_FACTS } from "./facts.ts";
import { factsFromPlain, factsToPlain } from "./facts-shape.ts";
import { APPEND_ENTRIES_MAX, NODES_MAX, TEXT_CHARS_MAX } from "./limits.ts";
import type { Plain } from "./plain-shape.ts";
import type { HardState, LogEntry, RaftMessage } from "./raft/messages.ts";
import {
  hardStateFromPlain,
  hardStateToPlain,
  logEntryFromPlain,
  logEntryToPlain,
  raftMessageFromPlain,
  raftMessageToPlain,
  snapshotFromPlain,
  snapshotToPlain,
} from "./raft-shape.ts";
import {
  assign,
  detach,
  forget,
  found,
  join,
  promote,
  release,
  replicate,
  restart,
  setEpoch,
  setIsr,
  takeOver,
} from "./test-commands.ts";
import { applied, clusterOf, withVoters } from "./test-facts.ts";
import { id, nodeFact } from "./test-names.ts";

// Goal: all that control sends and keeps survives plain data, and nothing else passes: whatever is changed in it is
// refused with a TypeError or reads as another sound value, and no other error ever comes out.

const CLUSTER = clusterOf(["a1", "a2"], ["b1"]);
/** A shard that nobody leads, and a forgotten node. */
const UNLED = applied(withVoters(CLUSTER, "b1"), release("a", 0, 8191), forget("a1"));

const COMMANDS: readonly FactCommand[] = [
  found(nodeFact("a1", { host: "" })),
  join(nodeFact("d1"), {
    epoch: 3,
    slots: [
      { first: 1, last: 1 },
      { first: 3, last: 9 },
    ],
    isInvited: true,
    knownVersion: 5,
  }),
  restart(CLUSTER, "a1"),
  forget("a1"),
  assign("a", 0, 16_383),
  release("a", 0, 0),
  replicate("a1", "b"),
  { ...replicate("a1", "b"), shardSize: 2 },
  detach("a2", "d"),
  setIsr(CLUSTER, "a", "a1", "a2.3"),
  promote(CLUSTER, "a", "a2"),
  { ...promote(CLUSTER, "a", "a2"), isHandedOver: true },
  takeOver(CLUSTER, "a", "a2"),
  setEpoch("a", 5),
];

const ENTRIES: readonly LogEntry[] = [
  { index: 8, term: 2, command: { kind: "noop" } },
  { index: 9, term: 2, command: { kind: "voters", voters: [id("a1"), id("b1")] } },
  ...COMMANDS.map((command, index): LogEntry => ({
    index: 10 + index,
    term: 3,
    command: { kind: "facts", command },
  })),
];

const SNAPSHOT = { index: 7, term: 2, voters: [id("a1")], facts: CLUSTER };

const MESSAGES: readonly RaftMessage[] = [
  {
    kind: "vote-request",
    term: 1,
    isPreVote: true,
    lastIndex: 4,
    lastTerm: 1,
    isLeaderGone: false,
  },
  { kind: "vote", term: 1, isPreVote: false, isGranted: true },
  {
    kind: "append",
    term: 3,
    previousIndex: 7,
    previousTerm: 2,
    entries: ENTRIES,
    commitIndex: 7,
    round: 5,
  },
  { kind: "append-result", term: 3, isAccepted: true, matchIndex: 8, round: 5 },
  { kind: "install-snapshot", term: 3, snapshot: SNAPSHOT, round: 6 },
];

const HARD_STATES: readonly HardState[] = [
  { term: 4, votedFor: id("a1") },
  { term: 0, votedFor: undefined },
];

/** A value with its two directions; `again` reads and writes it. */
interface Shape {
  readonly name: string;
  readonly plain: Plain;
  readonly again: (plain: unknown) => Plain;
}

const SHAPES: readonly Shape[] = [
  ...[NO_FACTS, CLUSTER, UNLED].map((facts) => ({
    name: `facts ${facts.version}`,
    plain: factsToPlain(facts),
    again: (plain: unknown) => factsToPlain(factsFromPlain(plain)),
  })),
  ...COMMANDS.map((command) => ({
    name: command.kind,
    plain: commandToPlain(command),
    again: (plain: unknown) => commandToPlain(commandFromPlain(plain)),
  })),
  ...ENTRIES.slice(0, 3).map((entry) => ({
    name: `entry ${entry.command.kind}`,
    plain: logEntryToPlain(entry),
    again: (plain: unknown) => logEntryToPlain(logEntryFromPlain(plain)),
  })),
  ...MESSAGES.map((message) => ({
    name: message.kind,
    plain: raftMessageToPlain(message),
    again: (plain: unknown) => raftMessageToPlain(raftMessageFromPlain(plain)),
  })),
  ...HARD_STATES.map((state) => ({
    name: `hard state ${state.term}`,
    plain: hardStateToPlain(state),
    again: (plain: unknown) => hardStateToPlain(hardStateFromPlain(plain)),
  })),
  {
    name: "snapshot",
    plain: snapshotToPlain(SNAPSHOT),
    again: (plain: unknown) => snapshotToPlain(snapshotFromPlain(plain)),
  },
];

describe("what is written is read back", () => {
  test("values", () => {
    expect(factsFromPlain(carried(factsToPlain(NO_FACTS)))).toEqual(NO_FACTS);
    expect(factsFromPlain(carried(factsToPlain(CLUSTER)))).toEqual(CLUSTER);
    expect(COMMANDS.map((command) => commandFromPlain(carried(commandToPlain(command))))).toEqual(
      COMMANDS,
    );
    expect(
      MESSAGES.map((message) => raftMessageFromPlain(carried(raftMessageToPlain(message)))),
    ).toEqual(MESSAGES);
    expect(
      HARD_STATES.map((state) => hardStateFromPlain(carried(hardStateToPlain(state)))),
    ).toEqual(HARD_STATES);
  });

  test("iteration order, which decisions depend on", () => {
    const read = factsFromPlain(carried(factsToPlain(CLUSTER)));
    expect([...read.nodes.keys()]).toEqual([...CLUSTER.nodes.keys()]);
    expect([...read.shards.keys()]).toEqual([...CLUSTER.shards.keys()]);
  });

  test.each(SHAPES.map(({ name, plain, again }) => [name, plain, again] as const))(
    "%s nests at most six deep: codecs bound that",
    (_name, plain, again) => {
      expect(again(carried(plain))).toEqual(plain);
      expect(depthOf(plain)).toBeLessThanOrEqual(6);
    },
  );
});

/** As a codec would: nothing shared, nothing but plain data. */
function carried(plain: Plain): unknown {
  return JSON.parse(JSON.stringify(plain));
}

function depthOf(value: unknown): number {
  if (typeof value !== "object" || value === null) return 0;
  return 1 + Math.max(0, ...Object.values(value).map(depthOf));
}

/** Every place in a plain value, as the names that lead there. */
function placesIn(value: unknown): string[][] {
  if (typeof value !== "object" || value === null) return [[]];
  // The first few of a list stand for all.
  const inside = Object.entries(value).slice(0, 12);
  return [[], ...inside.flatMap(([name, item]) => placesIn(item).map((place) => [name, ...place]))];
}

/** The value with another one at the place; `undefined` takes the field away. */
function changed(value: unknown, place: readonly string[], other: unknown): unknown {
  const [name, ...rest] = place;
  if (name === undefined) return other;
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).flatMap(([key, item]) => {
    if (key !== name) return [[key, item] as const];
    const next = changed(item, rest, other);
    return next === undefined ? [] : [[key, next] as const];
  });
  return Array.isArray(value) ? entries.map(([, item]) => item) : Object.fromEntries(entries);
}

const ODD: readonly unknown[] = [
  ...[undefined, null, true, -1, -0, 0.5, Number.NaN, 2 ** 53, 1e300, 65_536, 16_384, "", "x", 7n],
  ...["A".repeat(40), "a".repeat(41), "a,b", "a\nb", "é", "y".repeat(TEXT_CHARS_MAX + 1)],
  ...[[], {}, [[]], new Map(), new Date(0), Buffer.from("x"), { kind: "x" }, () => 1],
];

const FREE_TEXT = ["host", "hostname", "name"];
const SWITCHES = ["isPreVote", "isGranted", "isAccepted", "isLeaderGone", "byReset", "isInvited"];

/** Some places take some of them: a count another number, a list nothing. */
function mayBe(odd: unknown, field: string): boolean {
  if (typeof odd === "number") return Number.isSafeInteger(odd) && odd >= 0 && !Object.is(odd, -0);
  if (typeof odd === "string") return FREE_TEXT.includes(field) && /^[a-zA]{0,41}$/.test(odd);
  if (typeof odd === "boolean") return SWITCHES.includes(field);
  return odd === undefined || (Array.isArray(odd) && odd.length === 0);
}

describe("what is not as written is refused", () => {
  test.each(SHAPES.map(({ name, plain, again }) => [name, plain, again] as const))(
    "%s, whatever is put anywhere in it",
    (_name, plain, again) => {
      for (const place of placesIn(plain)) {
        for (const odd of ODD) {
          const forged = changed(plain, place, odd);
          const read = readOrRefuse(again, forged);
          const field = place.findLast((name) => !/^\d+$/.test(name)) ?? "";
          if (read === undefined) continue;
          // What passes is what it says: nothing is mended in silence.
          expect(read).toEqual(forged);
          const isFine = mayBe(odd, field) || odd === at(plain, place);
          expect([place.join("."), odd, isFine]).toEqual([place.join("."), odd, true]);
        }
        const map = at(plain, place);
        if (typeof map !== "object" || Array.isArray(map)) continue;
        expect(readOrRefuse(again, changed(plain, place, { ...map, more: 1 }))).toBeUndefined();
      }
    },
  );

  test("facts that do not hold", () => {
    const plain = factsToPlain(CLUSTER);
    const voters = [id("fe")];
    expect(() => factsFromPlain(changed(plain, ["voters"], voters))).toThrow("voter");
  });

  test("any junk", () => {
    fc.assert(
      fc.property(fc.anything(), fc.nat({ max: SHAPES.length - 1 }), (junk, index) => {
        const { again = factsToPlain as never } = SHAPES[index] ?? {};
        expect(readOrRefuse(again, junk)).toBeUndefined();
      }),
      { numRuns: 2000 },
    );
  });

  const LONG: readonly (readonly [string, (plain: unknown) => unknown, unknown])[] = [
    [
      "too many nodes",
      factsFromPlain,
      changed(factsToPlain(CLUSTER), ["nodes"], Array(NODES_MAX + 1).fill(0)),
    ],
    ["a node twice", factsFromPlain, doubled(factsToPlain(CLUSTER), "nodes")],
    ["a shard twice", factsFromPlain, doubled(factsToPlain(CLUSTER), "shards")],
    ["a voter twice", factsFromPlain, doubled(factsToPlain(CLUSTER), "voters")],
    [
      "a slot with two owners",
      factsFromPlain,
      changed(factsToPlain(CLUSTER), ["shards", "1", "slots"], [5, 5]),
    ],
    [
      "ranges out of order",
      commandFromPlain,
      changed(commandToPlain(assign("a", 5, 9)), ["slots"], [5, 9, 2, 3]),
    ],
    [
      "ranges that overlap",
      commandFromPlain,
      changed(commandToPlain(assign("a", 5, 9)), ["slots"], [5, 9, 9, 10]),
    ],
    ["half a range", commandFromPlain, changed(commandToPlain(assign("a", 5, 9)), ["slots"], [5])],
    [
      "a member twice",
      commandFromPlain,
      changed(commandToPlain(setIsr(CLUSTER, "a", "a1")), ["isr"], [id("a1"), 1, id("a1"), 2]),
    ],
    [
      "two members promoted",
      commandFromPlain,
      changed(commandToPlain(promote(CLUSTER, "a", "a1")), ["member"], [id("a1"), 1, id("a2"), 1]),
    ],
    [
      "entries with a gap",
      raftMessageFromPlain,
      changed(raftMessageToPlain(appendOf(3)), ["entries", "1", "index"], 10),
    ],
    [
      "too many entries",
      raftMessageFromPlain,
      raftMessageToPlain(appendOf(APPEND_ENTRIES_MAX + 1)),
    ],
    [
      "an entry before the first",
      logEntryFromPlain,
      changed(logEntryToPlain({ index: 1, term: 1, command: { kind: "noop" } }), ["index"], 0),
    ],
  ];
  test.each(LONG)("%s", (_what, read, plain) => {
    expect(() => read(plain)).toThrow(TypeError);
  });
});

function appendOf(count: number): RaftMessage {
  const entries = Array.from({ length: count }, (_, index): LogEntry => ({
    index: index + 8,
    term: 2,
    command: { kind: "noop" },
  }));
  return {
    kind: "append",
    term: 3,
    previousIndex: 7,
    previousTerm: 2,
    entries,
    commitIndex: 7,
    round: 5,
  };
}

function doubled(plain: Plain, field: string): unknown {
  const list = at(plain, [field]);
  return changed(plain, [field], Array.isArray(list) ? [...list, ...list] : []);
}

function at(value: unknown, [name, ...rest]: readonly string[]): unknown {
  if (name === undefined || typeof value !== "object" || value === null) return value;
  return at(new Map<string, unknown>(Object.entries(value)).get(name), rest);
}

/** `undefined`: refused. Any other error than a TypeError fails the test. */
function readOrRefuse(read: (plain: unknown) => Plain, value: unknown): Plain | undefined {
  try {
    return read(value);
  } catch (error) {
    if (error instanceof TypeError) return undefined;
    throw error;
  }
}
