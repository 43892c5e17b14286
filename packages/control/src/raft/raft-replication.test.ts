import { describe, expect, test } from "vitest";
import {
  APPEND_ENTRIES_MAX,
  APPENDS_IN_FLIGHT_MAX,
  ELECTION_TIMEOUT_MS,
  RAFT_HEARTBEAT_MS,
  UNCOMMITTED_ENTRIES_MAX,
  WAITING_MESSAGES_MAX,
} from "../limits.ts";
import type { RaftMessageOf } from "./messages.ts";
import { afterWrite } from "./stored-state.ts";
import {
  appendOf,
  entriesOf,
  factsCommand,
  type Outcome,
  snapshotAt,
  storedLog,
  TestRaft,
  THREE,
} from "./test-raft.ts";

// Goal: what is agreed on, when it counts, and that nothing is said before it is on disk.

const ACCEPTED = { kind: "append-result", isAccepted: true } as const;
const REFUSED = { kind: "append-result", isAccepted: false } as const;

describe("a follower", () => {
  test("takes what follows on its log, answers how far both agree, and applies what is committed", () => {
    const node = new TestRaft();
    const entries = entriesOf([1, 1, 1]);
    const { messages, writes, committed } = node.hear(
      "b",
      appendOf({ term: 1, entries, commitIndex: 2, round: 7 }),
    );
    expect(writes).toEqual([{ hardState: { term: 1, votedFor: undefined }, entries }]);
    expect(messages).toEqual([
      { to: "b", message: { ...ACCEPTED, term: 1, matchIndex: 3, round: 7 } },
    ]);
    expect(committed).toEqual(entries.slice(0, 2));
    expect(node.raft).toMatchObject({ commitIndex: 2, lastIndex: 3, leaderId: "b" });
  });

  test.each([
    ["is missing", 5, 4, 3],
    // Its three entries of term 2 are skipped at once.
    ["is of another term", 3, 3, 0],
    ["is of another term, behind one that may be equal", 2, 1, 0],
  ])("refuses an append whose previous entry %s", (_, previousIndex, previousTerm, hint) => {
    const node = new TestRaft({ restored: storedLog([2, 2, 2]) });
    const append = appendOf({
      term: 4,
      previousIndex,
      previousTerm,
      entries: entriesOf([4], previousIndex),
    });
    expect(node.answerTo("b", append)).toMatchObject({ ...REFUSED, matchIndex: hint });
    expect(node.raft).toMatchObject({ lastIndex: 3, commitIndex: 0 });
  });

  test("never points a leader behind what is committed", () => {
    const node = new TestRaft({ restored: storedLog([1, 1, 1, 1]) });
    node.hear("b", appendOf({ term: 1, previousIndex: 4, previousTerm: 1, commitIndex: 3 }));
    const append = appendOf({ term: 2, previousIndex: 4, previousTerm: 2 });
    expect(node.answerTo("c", append)).toMatchObject({ ...REFUSED, matchIndex: 3 });
  });

  test("replaces what conflicts, and only from there", () => {
    const node = new TestRaft({ restored: storedLog([1, 1, 2, 2]) });
    const entries = entriesOf([1, 3], 1);
    const { writes } = node.hear("b", {
      ...appendOf({ term: 3, entries }),
      previousIndex: 1,
      previousTerm: 1,
    });
    expect(writes).toMatchObject([{ truncateFrom: 3, entries: entries.slice(1) }]);
    expect([1, 2, 3, 4].map((index) => node.raft.termAt(index))).toEqual([1, 1, 3, undefined]);
  });

  test("keeps what it has when an old append says less", () => {
    const node = new TestRaft();
    node.hear("b", appendOf({ term: 1, entries: entriesOf([1, 1, 1]) }));
    const { writes, messages } = node.hear("b", appendOf({ term: 1, entries: entriesOf([1]) }));
    expect(writes).toEqual([]);
    expect(messages[0]?.message).toMatchObject({ ...ACCEPTED, matchIndex: 1 });
    expect(node.raft.lastIndex).toBe(3);
  });

  test("does not commit beyond what the append has shown to be equal", () => {
    const node = new TestRaft({ restored: storedLog([1, 1, 1]) });
    // The third may be one that this leader does not have.
    const append = appendOf({ term: 2, previousIndex: 1, previousTerm: 1, commitIndex: 3 });
    const { messages } = node.hear("b", { ...append, entries: entriesOf([1], 1) });
    expect(messages[0]?.message).toMatchObject({ ...ACCEPTED, matchIndex: 2 });
    expect(node.raft.commitIndex).toBe(2);
  });

  test("answers an append of the past with what is committed", () => {
    const node = new TestRaft({
      restored: {
        ...storedLog([1]),
        snapshot: snapshotAt(9, 1, THREE),
        entries: entriesOf([1, 1], 9),
      },
    });
    const append = appendOf({ term: 1, previousIndex: 3, previousTerm: 1 });
    expect(node.answerTo("b", { ...append, entries: entriesOf([1, 1], 3) })).toMatchObject({
      ...ACCEPTED,
      matchIndex: 9,
    });
  });

  test("stops when a leader contradicts what is committed", () => {
    const node = new TestRaft();
    node.hear("b", appendOf({ term: 1, entries: entriesOf([1, 1]), commitIndex: 2 }));
    const { raft } = node;
    expect(raft.commitIndex).toBe(2);
    const liar = appendOf({ term: 2, previousIndex: 2, previousTerm: 1, commitIndex: 2 });
    expect(() => node.hear("c", { ...liar, entries: entriesOf([2, 2]) })).toThrow("committed");
  });
});

describe("a leader", () => {
  test("commits what a majority has on disk, its own included, and says so", () => {
    const node = new TestRaft({ restored: storedLog([], ["a", "b", "c", "d", "e"]) });
    node.elect("b", "c");
    expect(node.propose(factsCommand("x"))).toEqual({ index: 2, term: 1 });
    expect(node.settle().committed).toEqual([]);
    expect(node.acknowledge("b").committed).toEqual([]);
    // The same answer twice is one answer.
    expect(node.acknowledge("b").committed).toEqual([]);
    const { committed, messages } = node.acknowledge("d");
    expect(committed.map(({ command }) => command)).toEqual([{ kind: "noop" }, factsCommand("x")]);
    expect(messages.map(({ to, message }) => [to, message])).toMatchObject([
      ["b", { entries: [], commitIndex: 2 }],
      ["d", { entries: [], commitIndex: 2 }],
    ]);
  });

  test("does not count itself before its own disk has it", () => {
    const node = new TestRaft();
    node.elect("b");
    node.acknowledge("b");
    node.propose(factsCommand("x"));
    const ready = node.raft.takeReady();
    expect(ready?.persist?.entries).toHaveLength(1);
    // With the one beside it in the air, one of three has it.
    node.raft.receive("b", { ...ACCEPTED, term: 1, matchIndex: 1, round: 1 }, node.nowMs);
    expect(node.raft.commitIndex).toBe(1);
    if (ready !== undefined) node.raft.persisted(ready);
    expect(node.raft.commitIndex).toBe(1);
    expect(node.acknowledge("b").committed).toMatchObject([{ index: 2 }]);
  });

  test("commits nothing of older terms by counting, but with the first entry of its own", () => {
    const node = new TestRaft({ restored: storedLog([1, 2, 2]) });
    node.elect("b");
    expect(node.raft.lastIndex).toBe(4);
    expect(node.acknowledge("b", { matchIndex: 3 }).committed).toEqual([]);
    expect(node.acknowledge("c", { matchIndex: 3 }).committed).toEqual([]);
    expect(node.acknowledge("c", { matchIndex: 4 }).committed).toHaveLength(4);
  });

  test("sends on without waiting for answers, so many entries at a time", () => {
    const node = new TestRaft();
    node.elect("b");
    node.acknowledge("b");
    for (let at = 0; at < 2 * APPEND_ENTRIES_MAX + 1; at += 1) node.propose(factsCommand("x"));
    const appends = node.settle().messages.filter(({ to }) => to === "b");
    expect(appends.map(({ message }) => message)).toMatchObject([
      { previousIndex: 1, entries: { length: APPEND_ENTRIES_MAX } },
      { previousIndex: 1 + APPEND_ENTRIES_MAX, entries: { length: APPEND_ENTRIES_MAX } },
      { previousIndex: 1 + 2 * APPEND_ENTRIES_MAX, entries: { length: 1 } },
    ]);
  });

  test("holds back what more than so many appends would carry, until one is answered", () => {
    const node = new TestRaft({ appendEntriesMax: 1 });
    node.elect("b");
    node.acknowledge("b");
    for (let at = 0; at < APPENDS_IN_FLIGHT_MAX + 5; at += 1) node.propose(factsCommand("x"));
    const appendsTo = (outcome: Outcome) => outcome.messages.filter(({ to }) => to === "b").length;
    expect(appendsTo(node.settle())).toBe(APPENDS_IN_FLIGHT_MAX);
    // What it has answered makes room, and tells it of the commit.
    expect(appendsTo(node.acknowledge("b", { matchIndex: 4 }))).toBe(3);
    // A heartbeat goes out in any case.
    expect(appendsTo(node.wait(RAFT_HEARTBEAT_MS))).toBe(1);
  });

  test("probes with one append a round until it knows where the logs part", () => {
    const node = new TestRaft({ restored: storedLog([1, 1, 1, 1]) });
    node.elect("b");
    node.propose(factsCommand("x"));
    expect(node.settle().messages).toEqual([]);
    const [beat] = node.wait(RAFT_HEARTBEAT_MS).messages;
    expect(beat?.message).toMatchObject({ previousIndex: 4, entries: { length: 2 }, round: 2 });
    // A refusal that says nothing new is not answered at once: that would go round and round.
    const refusal = { ...REFUSED, term: 2, round: 1 };
    expect(node.hear("b", { ...refusal, matchIndex: 3 }).messages).toHaveLength(1);
    expect(node.hear("b", { ...refusal, matchIndex: 3 }).messages).toEqual([]);
    expect(node.hear("b", { ...refusal, matchIndex: 4 }).messages).toEqual([]);
  });

  test("begins to probe behind what it knows to match when a follower lost appends", () => {
    const node = new TestRaft();
    node.elect("b");
    node.acknowledge("b");
    node.propose(factsCommand("lost"));
    node.settle();
    // The next heartbeat does not fit. An older hint than what is acknowledged is an old answer.
    node.wait(RAFT_HEARTBEAT_MS);
    const { messages } = node.hear("b", { ...REFUSED, term: 1, matchIndex: 0, round: 2 });
    expect(messages[0]?.message).toMatchObject({ previousIndex: 1, entries: [{ index: 2 }] });
  });

  test("goes back to where a refusal says, and sends all from there", () => {
    const node = new TestRaft({ restored: storedLog([1, 1, 1, 1]) });
    const first = node.elect("b").messages.find(({ to }) => to === "b");
    expect(first?.message).toMatchObject({ previousIndex: 4, previousTerm: 1 });
    const { messages } = node.hear("b", { ...REFUSED, term: 2, matchIndex: 2, round: 1 });
    expect(messages).toMatchObject([
      { to: "b", message: { previousIndex: 2, entries: { length: 3 } } },
    ]);
  });

  test("takes proposals until too many wait for a majority", () => {
    const node = new TestRaft();
    node.elect("b");
    const positions = Array.from({ length: UNCOMMITTED_ENTRIES_MAX + 1 }, () =>
      node.propose(factsCommand("x")),
    );
    // One place is taken by the entry that began its term.
    expect(positions.indexOf(undefined)).toBe(UNCOMMITTED_ENTRIES_MAX - 1);
    node.settle();
    node.acknowledge("b", { matchIndex: 2 });
    expect(node.propose(factsCommand("x"))).toBeDefined();
  });

  test("sends a snapshot for what it no longer has, once, and goes on behind it", () => {
    const node = new TestRaft({
      restored: {
        hardState: { term: 2, votedFor: undefined },
        snapshot: snapshotAt(10, 2, THREE),
        entries: [],
      },
    });
    node.elect("b");
    const refusal = { ...REFUSED, term: 3, matchIndex: 4, round: 1 };
    const [sent] = node.hear("c", refusal).messages;
    expect(sent).toMatchObject({ to: "c", message: { kind: "install-snapshot" } });
    expect(node.hear("c", refusal).messages).toEqual([]);
    // Heartbeats ask whether it is there.
    const beat = node.wait(RAFT_HEARTBEAT_MS).messages.find(({ to }) => to === "c");
    expect(beat?.message).toMatchObject({ previousIndex: 10, previousTerm: 2, entries: [] });
    expect(node.hear("c", refusal).messages).toEqual([]);
    const { messages } = node.hear("c", { ...ACCEPTED, term: 3, matchIndex: 10, round: 1 });
    expect(messages[0]?.message).toMatchObject({ previousIndex: 10, entries: [{ index: 11 }] });
  });

  test("is not misled by answers that cannot be", () => {
    const node = new TestRaft();
    node.elect("b");
    node.acknowledge("b", { matchIndex: 99 });
    node.acknowledge("stranger", { matchIndex: 1 });
    expect(node.raft.commitIndex).toBe(0);
    node.acknowledge("b", { matchIndex: 1 });
    expect(node.raft.commitIndex).toBe(1);
  });
});

describe("snapshots", () => {
  const installOf = (index: number, term: number): RaftMessageOf<"install-snapshot"> => ({
    kind: "install-snapshot",
    term: 5,
    snapshot: snapshotAt(index, term, ["b", "c"]),
    round: 3,
  });

  test("replace a log that is too short, on disk as a whole, and the state machine jumps", () => {
    const node = new TestRaft({ restored: storedLog([1, 1]) });
    const { writes, restored, messages, committed } = node.hear("b", installOf(8, 4));
    const { snapshot } = installOf(8, 4);
    expect(writes).toEqual([
      { hardState: { term: 5, votedFor: undefined }, snapshot, entries: [] },
    ]);
    expect(restored).toEqual([snapshot]);
    expect(committed).toEqual([]);
    expect(messages[0]?.message).toEqual({ ...ACCEPTED, term: 5, matchIndex: 8, round: 3 });
    expect(node.raft).toMatchObject({ commitIndex: 8, lastIndex: 8, voters: ["b", "c"] });
    const append = appendOf({ term: 5, previousIndex: 8, previousTerm: 4, commitIndex: 9 });
    const next = node.hear("b", { ...append, entries: entriesOf([5], 8) });
    expect(next.committed).toMatchObject([{ index: 9 }]);
    expect(next.restored).toEqual([]);
  });

  test("replace a longer log that differs, and leave one that does not", () => {
    const differs = new TestRaft({ restored: storedLog([1, 1, 2, 2, 2]) });
    differs.hear("b", installOf(3, 3));
    expect(differs.raft).toMatchObject({ lastIndex: 3, commitIndex: 3 });

    const equal = new TestRaft({ restored: storedLog([1, 1, 3, 3, 3]) });
    const { restored, committed } = equal.hear("b", installOf(3, 3));
    expect(restored).toEqual([]);
    expect(committed).toHaveLength(3);
    expect(equal.raft).toMatchObject({ lastIndex: 5, commitIndex: 3, voters: THREE });
  });

  test("of the past change nothing", () => {
    const node = new TestRaft();
    node.hear("b", appendOf({ term: 5, entries: entriesOf([5, 5, 5]), commitIndex: 3 }));
    const { writes, messages } = node.hear("b", installOf(2, 4));
    expect(writes).toEqual([]);
    expect(messages[0]?.message).toMatchObject({ ...ACCEPTED, matchIndex: 3 });
  });

  test("are wanted when the log is long, and keep its younger half in memory", () => {
    const node = new TestRaft({ logEntriesMax: 10 });
    node.elect("b");
    for (let index = 2; index <= 9; index += 1) node.propose(factsCommand("x"));
    node.settle();
    node.acknowledge("b");
    expect(node.raft.wantsSnapshot).toBe(false);
    node.propose(factsCommand("x"));
    node.settle();
    node.acknowledge("b");
    expect(node.raft.wantsSnapshot).toBe(true);
    node.raft.compact(snapshotAt(10, 1, THREE));
    expect(node.raft.wantsSnapshot).toBe(false);
    expect([4, 5, 6, 10].map((index) => node.raft.termAt(index))).toEqual([undefined, 1, 1, 1]);
    const { writes } = node.settle();
    expect(writes).toEqual([
      {
        hardState: { term: 1, votedFor: "a" },
        snapshot: snapshotAt(10, 1, THREE),
        entries: [],
      },
    ]);
  });

  test("that do not say what the log says are refused", () => {
    const node = new TestRaft();
    node.hear("b", appendOf({ term: 1, entries: entriesOf([1, 1]), commitIndex: 1 }));
    expect(() => node.raft.compact(snapshotAt(2, 1, THREE))).toThrow("handed out");
    expect(() => node.raft.compact(snapshotAt(1, 2, THREE))).toThrow("another log");
    expect(() => node.raft.compact(snapshotAt(1, 1, ["a"]))).toThrow("other voters");
  });
});

describe("the disk", () => {
  test("comes first: one write at a time, and no message before it is done", () => {
    const { raft } = new TestRaft();
    raft.receive("b", appendOf({ term: 1, entries: entriesOf([1]) }), 1000);
    const ready = raft.takeReady();
    raft.receive("b", appendOf({ term: 1, entries: entriesOf([1, 1]) }), 1001);
    expect(raft.takeReady()).toBeUndefined();
    if (ready !== undefined) raft.persisted(ready);
    expect(raft.takeReady()).toMatchObject({
      persist: { entries: [{ index: 2 }] },
      messages: [{ message: { matchIndex: 2 } }],
    });
  });

  test("what is cut while it is being written is cut again by the next write", () => {
    const { raft } = new TestRaft();
    raft.receive("b", appendOf({ term: 1, entries: entriesOf([1, 1]) }), 1000);
    const ready = raft.takeReady();
    raft.receive("c", appendOf({ term: 2, entries: entriesOf([2]) }), 1001);
    if (ready !== undefined) raft.persisted(ready);
    expect(raft.takeReady()?.persist).toEqual({
      hardState: { term: 2, votedFor: undefined },
      truncateFrom: 1,
      entries: entriesOf([2]),
    });
  });

  test("gives back after its writes what the node was", () => {
    const node = new TestRaft({ restored: storedLog([1, 1, 1]) });
    const writes = [
      ...node.hear("b", appendOf({ term: 2, entries: entriesOf([1, 2, 2]), commitIndex: 2 }))
        .writes,
      ...node.hear("c", appendOf({ term: 3, previousIndex: 2, previousTerm: 2 })).writes,
    ];
    node.raft.compact(snapshotAt(2, 2, THREE));
    writes.push(...node.settle().writes);
    const disk = writes.reduce(afterWrite, storedLog([1, 1, 1]));
    const again = new TestRaft({ restored: disk });
    expect(again.raft).toMatchObject({ term: 3, lastIndex: 3, commitIndex: 2, voters: THREE });
    expect(again.raft.termAt(3)).toBe(2);
    expect(again.settle()).toMatchObject({ committed: [], restored: [], writes: [] });
  });

  test("that has what cannot be is not started from", () => {
    const gap = { ...storedLog([]), entries: entriesOf([1], 4) };
    expect(() => new TestRaft({ restored: gap })).toThrow("entry 5 behind entry 0");
    const backwards = { ...storedLog([]), entries: entriesOf([2, 1]) };
    expect(() => new TestRaft({ restored: backwards })).toThrow("older term");
    const early = { ...storedLog([3]), hardState: { term: 2, votedFor: undefined } };
    expect(() => new TestRaft({ restored: early })).toThrow("term that never was");
    const overlap = { ...storedLog([1, 1, 1]), snapshot: snapshotAt(2, 1, THREE) };
    expect(new TestRaft({ restored: overlap }).raft).toMatchObject({
      lastIndex: 3,
      commitIndex: 2,
    });
  });

  test("when it hangs, answers are dropped beyond a limit, as a network would", () => {
    const { raft } = new TestRaft();
    raft.receive("b", appendOf({ term: 1 }), 1000);
    const hung = raft.takeReady();
    for (let at = 0; at < WAITING_MESSAGES_MAX + 9; at += 1) {
      raft.receive("b", appendOf({ term: 1 }), 1000 + ELECTION_TIMEOUT_MS);
    }
    if (hung !== undefined) raft.persisted(hung);
    expect(raft.takeReady()?.messages).toHaveLength(WAITING_MESSAGES_MAX);
  });
});
