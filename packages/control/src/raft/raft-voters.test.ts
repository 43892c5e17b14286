import { expect, test } from "vitest";
import { ELECTION_TIMEOUT_MS, RAFT_HEARTBEAT_MS } from "../limits.ts";
import type { LogCommand, LogEntry } from "./messages.ts";
import { founderState } from "./stored-state.ts";
import { appendOf, entriesOf, storedLog, TestRaft, voteRequestOf } from "./test-raft.ts";

// Goal: voters come and go one at a time, and no two majorities ever miss each other.

const votersOf = (...voters: string[]): LogCommand => ({ kind: "voters", voters });
const GRANTED = { kind: "vote", isGranted: true } as const;

/** A log with entries of one term, some of which name voters: "x" is any other entry. */
function logWith(term: number, ...commands: (readonly string[] | "x")[]): LogEntry[] {
  return entriesOf(commands.map(() => term)).map((entry, at) => {
    const voters = commands[at];
    return voters === undefined || voters === "x"
      ? entry
      : { ...entry, command: votersOf(...voters) };
  });
}

/** `a` leads three voters, and has committed the entry that began its term. */
function settledLeader(): TestRaft {
  const node = new TestRaft();
  node.elect("b");
  node.acknowledge("b");
  node.acknowledge("c");
  return node;
}

test("a change counts from the moment it is appended", () => {
  const node = settledLeader();
  expect(node.propose(votersOf("a", "b", "c", "d"))).toEqual({ index: 2, term: 1 });
  expect(node.raft.voters).toEqual(["a", "b", "c", "d"]);
  const { messages } = node.settle();
  // The new one is spoken to at once, from where the leader's log was.
  expect(messages.map(({ to }) => to)).toEqual(["b", "c", "d"]);
  // Two of four are no majority any more.
  expect(node.acknowledge("b").committed).toEqual([]);
  expect(node.acknowledge("d").committed).toMatchObject([{ command: { kind: "voters" } }]);
});

test.each([
  ["adds two", ["a", "b", "c", "d", "e"]],
  ["exchanges one", ["a", "b", "d"]],
  ["removes two", ["a"]],
  ["changes nothing", ["c", "b", "a"]],
  ["names one twice", ["a", "b", "b", "c"]],
  ["names nobody", []],
])("a change that %s is refused", (_, voters) => {
  const node = settledLeader();
  expect(node.propose(votersOf(...voters))).toBeUndefined();
  expect(node.raft.voters).toEqual(["a", "b", "c"]);
});

test("nobody is left when the last voter goes: refused", () => {
  const node = new TestRaft({ restored: founderState("a") });
  node.wait(0);
  expect(node.propose(votersOf())).toBeUndefined();
});

test("a second change waits for the first to be committed", () => {
  const node = settledLeader();
  node.propose(votersOf("a", "b"));
  node.settle();
  expect(node.propose(votersOf("a"))).toBeUndefined();
  expect(node.propose(votersOf("a", "b", "c"))).toBeUndefined();
  node.acknowledge("b");
  expect(node.propose(votersOf("a"))).toEqual({ index: 3, term: 1 });
});

test("a new leader changes no voters before it has committed an entry of its own term", () => {
  const node = new TestRaft();
  node.elect("b");
  expect(node.propose(votersOf("a", "b"))).toBeUndefined();
  node.acknowledge("b");
  expect(node.propose(votersOf("a", "b"))).toBeDefined();
});

test("a change that an older leader left behind is settled before the next", () => {
  const left = logWith(1, "x", ["a", "b", "c", "d"]);
  const node = new TestRaft({ restored: { ...storedLog([1]), entries: left } });
  expect(node.raft.voters).toEqual(["a", "b", "c", "d"]);
  node.elect("b", "c");
  expect(node.propose(votersOf("a", "b", "c"))).toBeUndefined();
  node.acknowledge("b");
  node.acknowledge("c");
  expect(node.propose(votersOf("a", "b", "c"))).toBeDefined();
});

test("when the entry is cut off, the voters before it are in force again", () => {
  const node = new TestRaft();
  const entries = logWith(1, "x", ["a", "b", "c", "d"]);
  node.hear("b", appendOf({ term: 1, entries }));
  expect(node.raft.voters).toEqual(["a", "b", "c", "d"]);
  const conflict = { ...appendOf({ term: 2, previousIndex: 1, previousTerm: 1 }) };
  node.hear("c", { ...conflict, entries: entriesOf([2], 1) });
  expect(node.raft.voters).toEqual(["a", "b", "c"]);
});

test("a node that is added follows from nothing, and is a voter when it hears that it is one", () => {
  const node = new TestRaft({ selfId: "z", restored: { ...storedLog([]), ...noVoters() } });
  expect(node.raft.role).toBe("bystander");
  node.hear("a", appendOf({ term: 1, entries: logWith(1, "x", ["a", "b"]) }));
  expect(node.raft).toMatchObject({ role: "bystander", leaderId: "a", voters: ["a", "b"] });
  const append = appendOf({ term: 1, previousIndex: 2, previousTerm: 1 });
  const [added] = logWith(1, ["a", "b", "z"]);
  if (added !== undefined) node.hear("a", { ...append, entries: [{ ...added, index: 3 }] });
  expect(node.raft).toMatchObject({ role: "follower", voters: ["a", "b", "z"] });
});

test("a leader that is voted out leads without counting itself, until that is committed", () => {
  const node = settledLeader();
  node.propose(votersOf("b", "c"));
  node.settle();
  expect(node.raft.role).toBe("leader");
  expect(node.acknowledge("b").committed).toEqual([]);
  const { committed, messages } = node.acknowledge("c");
  expect(committed).toHaveLength(1);
  // The others hear of it before it falls silent.
  expect(messages.map(({ to, message }) => [to, message])).toMatchObject([
    ["b", { kind: "append", commitIndex: 2 }],
    ["c", { kind: "append", commitIndex: 2 }],
  ]);
  expect(node.raft).toMatchObject({ role: "bystander", leaderId: undefined });
  expect(node.wait(100 * ELECTION_TIMEOUT_MS).messages).toEqual([]);
});

test("a follower that is voted out hears that it is committed, and no more", () => {
  const node = settledLeader();
  node.propose(votersOf("a", "b"));
  expect(node.settle().messages.map(({ to }) => to)).toEqual(["b", "c"]);
  node.acknowledge("c");
  const { messages } = node.acknowledge("b");
  expect(messages).toMatchObject([
    { to: "b", message: { commitIndex: 2 } },
    { to: "c", message: { commitIndex: 2 } },
  ]);
  expect(node.wait(RAFT_HEARTBEAT_MS).messages.map(({ to }) => to)).toEqual(["b"]);
  // Its votes and answers do not count either.
  node.propose({ kind: "noop" });
  node.settle();
  expect(node.acknowledge("c").committed).toEqual([]);

  const out = new TestRaft();
  const entries = logWith(1, "x", ["b", "c"]);
  out.hear("b", appendOf({ term: 1, entries, commitIndex: 1 }));
  expect(out.raft.role).toBe("follower");
  out.hear("b", appendOf({ term: 1, previousIndex: 2, previousTerm: 1, commitIndex: 2 }));
  expect(out.raft.role).toBe("bystander");
});

test("who is voted out campaigns until that is committed: nobody else may be able to win", () => {
  // Thesis, figure 4.6: `a` has the entry, `b` has not, and would never get the vote of `a`.
  const node = new TestRaft({
    restored: { ...storedLog([1], ["a", "b"]), entries: logWith(1, "x", ["b"]) },
  });
  expect(node.raft.role).toBe("follower");
  const request = voteRequestOf({ term: 2, lastIndex: 1, lastTerm: 1 });
  expect(node.answerTo("b", request)).toMatchObject({ isGranted: false });
  node.wait(ELECTION_TIMEOUT_MS);
  // Its own vote is none: `b` alone is the majority.
  expect(node.raft.role).toBe("pre-candidate");
  node.hear("b", { ...GRANTED, term: 3, isPreVote: true });
  expect(node.raft.role).toBe("candidate");
  node.hear("b", { ...GRANTED, term: 3, isPreVote: false });
  expect(node.raft.role).toBe("leader");
  node.acknowledge("b");
  expect(node.raft.role).toBe("bystander");
});

test("who came and went since the last snapshot campaigns as well", () => {
  // Found by raft-network.test.ts: after a restart the commit index is that of the snapshot, where `a` was no voter.
  const entries = logWith(1, ["a", "b", "c"], ["a", "b"], ["b"]);
  const restored = { ...storedLog([1], ["b", "c"]), entries };
  expect(new TestRaft({ restored }).raft.role).toBe("follower");
  // Here it went before that: another change was begun, so its own was committed.
  const longGone = logWith(1, ["a", "b", "c"], ["b", "c"], ["b"]);
  expect(new TestRaft({ restored: { ...restored, entries: longGone } }).raft.role).toBe(
    "bystander",
  );
});

test("an election is won by the newest voters in the candidate's log, and lost without them", () => {
  const restored = { ...storedLog([1]), entries: logWith(1, ["a", "b", "c", "d"]) };
  const node = new TestRaft({ restored });
  const { messages } = node.wait(ELECTION_TIMEOUT_MS);
  expect(messages.map(({ to }) => to)).toEqual(["b", "c", "d"]);
  node.hear("b", { ...GRANTED, term: 2, isPreVote: true });
  expect(node.raft.role).toBe("pre-candidate");
  node.hear("d", { ...GRANTED, term: 2, isPreVote: true });
  expect(node.raft.role).toBe("candidate");
});

test("a lone leader that adds a second waits for it, and has an election timeout's patience", () => {
  const node = new TestRaft({ restored: founderState("a") });
  node.wait(0);
  node.wait(5000);
  node.propose(votersOf("a", "b"));
  node.settle();
  expect(node.raft.hasQuorum(node.nowMs)).toBe(false);
  node.wait(ELECTION_TIMEOUT_MS);
  expect(node.raft.role).toBe("leader");
  expect(node.wait(1)).toMatchObject({ messages: [] });
  expect(node.raft.role).toBe("follower");
});

function noVoters() {
  return { snapshot: { ...storedLog([]).snapshot, voters: [] } };
}
