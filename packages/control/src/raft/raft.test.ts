import { expect, test } from "vitest";
import {
  CAMPAIGN_RETRY_MS,
  ELECTION_TIMEOUT_MS,
  LEADER_GONE_JITTER_MS,
  RAFT_HEARTBEAT_MS,
  TERM_JUMP_MAX,
} from "../limits.ts";
import { founderState } from "./stored-state.ts";
import { appendOf, entriesOf, storedLog, TestRaft, voteRequestOf } from "./test-raft.ts";

// Goal: who leads, and when. What is agreed on: raft-replication.test.ts; by whom: raft-voters.test.ts.

const GRANTED = { kind: "vote", isGranted: true } as const;
const REFUSED = { kind: "vote", isGranted: false } as const;

test("a founder leads at once, alone, and commits what is proposed to it", () => {
  const node = new TestRaft({ restored: founderState("a") });
  node.wait(0);
  expect(node.raft).toMatchObject({ role: "leader", term: 1, leaderId: "a", commitIndex: 1 });
  expect(node.raft.hasQuorum(node.nowMs)).toBe(true);
  expect(node.propose({ kind: "noop" })).toEqual({ index: 2, term: 1 });
  const { committed, messages } = node.settle();
  expect(committed.map((entry) => entry.index)).toEqual([2]);
  expect(messages).toEqual([]);
});

test("a founder does not lead before its vote is on disk", () => {
  const { raft } = new TestRaft({ restored: founderState("a") });
  raft.tick(1000);
  expect(raft.role).toBe("candidate");
  const ready = raft.takeReady();
  expect(ready?.persist?.hardState).toEqual({ term: 1, votedFor: "a" });
  expect(raft.role).toBe("candidate");
  if (ready !== undefined) raft.persisted(ready);
  expect(raft.role).toBe("leader");
});

test("who hears no leader for an election timeout asks first, in the next term, and changes nothing", () => {
  const node = new TestRaft({ restored: storedLog([1, 2]) });
  expect(node.wait(ELECTION_TIMEOUT_MS - 1).messages).toEqual([]);
  const { messages, writes } = node.wait(1);
  const request = voteRequestOf({ term: 3, isPreVote: true, lastIndex: 2, lastTerm: 2 });
  expect(messages).toEqual([
    { to: "b", message: request },
    { to: "c", message: request },
  ]);
  expect(writes).toEqual([]);
  expect(node.raft).toMatchObject({ role: "pre-candidate", term: 2, leaderId: undefined });
});

test("a majority of pre-votes begins a term; its votes make a leader, who says so at once", () => {
  const node = new TestRaft();
  node.wait(ELECTION_TIMEOUT_MS);
  const { messages, writes } = node.hear("b", { ...GRANTED, term: 1, isPreVote: true });
  expect(writes).toEqual([{ hardState: { term: 1, votedFor: "a" }, entries: [] }]);
  expect(messages.map(({ to }) => to)).toEqual(["b", "c"]);
  expect(messages[0]?.message).toEqual(voteRequestOf({ term: 1 }));

  const won = node.hear("c", { ...GRANTED, term: 1, isPreVote: false });
  expect(node.raft).toMatchObject({ role: "leader", leaderId: "a" });
  expect(won.messages.map(({ to, message }) => [to, message.kind])).toEqual([
    ["b", "append"],
    ["c", "append"],
  ]);
  expect(won.writes[0]?.entries).toEqual([{ index: 1, term: 1, command: { kind: "noop" } }]);
});

test("votes of another kind, term or node do not count, nor do they count twice", () => {
  const node = new TestRaft({ restored: storedLog([], ["a", "b", "c", "d", "e"]) });
  node.wait(ELECTION_TIMEOUT_MS);
  for (const from of ["b", "b", "x", "y"]) {
    node.hear(from, { ...GRANTED, term: 1, isPreVote: true });
  }
  node.hear("c", { ...GRANTED, term: 2, isPreVote: true });
  node.hear("c", { ...GRANTED, term: 0, isPreVote: false });
  expect(node.raft).toMatchObject({ role: "pre-candidate", term: 0 });
  node.hear("c", { ...GRANTED, term: 1, isPreVote: true });
  expect(node.raft).toMatchObject({ role: "candidate", term: 1 });
  // A late pre-vote is no vote.
  node.hear("b", { ...GRANTED, term: 1, isPreVote: true });
  node.hear("c", { ...GRANTED, term: 1, isPreVote: true });
  expect(node.raft.role).toBe("candidate");
});

test("a majority of refusals ends a campaign; it is tried again soon, then less soon", () => {
  const node = new TestRaft();
  node.wait(ELECTION_TIMEOUT_MS);
  for (const retryMs of [1, 2, 4, 4].map((times) => times * CAMPAIGN_RETRY_MS)) {
    node.hear("b", { ...REFUSED, term: 0, isPreVote: true });
    expect(node.raft.role).toBe("pre-candidate");
    node.hear("c", { ...REFUSED, term: 0, isPreVote: true });
    expect(node.raft.role).toBe("follower");
    node.wait(retryMs - 1);
    expect(node.raft.role).toBe("follower");
    node.wait(1);
    expect(node.raft.role).toBe("pre-candidate");
  }
  expect(node.raft.term).toBe(0);
});

test("one vote a term, kept over a restart; the same candidate may ask again", () => {
  const node = new TestRaft();
  const { writes } = node.hear("b", voteRequestOf({ term: 5 }));
  expect(writes).toEqual([{ hardState: { term: 5, votedFor: "b" }, entries: [] }]);
  const again = new TestRaft({
    restored: { ...storedLog([]), hardState: { term: 5, votedFor: "b" } },
  });
  for (const { answerTo } of [node, again].map((it) => ({ answerTo: it.answerTo.bind(it) }))) {
    expect(answerTo("c", voteRequestOf({ term: 5 }))).toMatchObject(REFUSED);
    expect(answerTo("b", voteRequestOf({ term: 5 }))).toMatchObject(GRANTED);
    expect(answerTo("c", voteRequestOf({ term: 6 }))).toMatchObject(GRANTED);
  }
});

test.each([
  ["the same", 3, 3, true],
  ["longer", 3, 4, true],
  ["shorter", 3, 2, false],
  ["of a later term, though shorter", 4, 1, true],
  ["of an older term, though longer", 2, 9, false],
])("a vote for a log that is %s", (_, lastTerm, lastIndex, isGranted) => {
  for (const isPreVote of [true, false]) {
    const node = new TestRaft({ restored: storedLog([1, 3, 3]) });
    const request = voteRequestOf({ term: 9, isPreVote, lastTerm, lastIndex });
    // A refused vote still ends the term; a pre-vote changes nothing.
    const term = isGranted || !isPreVote ? 9 : 3;
    expect(node.answerTo("b", request)).toEqual({ kind: "vote", term, isPreVote, isGranted });
    expect(node.raft.term).toBe(isPreVote ? 3 : 9);
  }
});

test("who heard a leader within an election timeout wants no election, unless the leader is gone", () => {
  for (const isPreVote of [true, false]) {
    const node = new TestRaft();
    node.hear("b", appendOf({ term: 1 }));
    node.wait(ELECTION_TIMEOUT_MS - 1);
    const request = voteRequestOf({ term: 2, isPreVote });
    expect(node.answerTo("c", request)).toEqual({ ...REFUSED, term: 1, isPreVote });
    expect(node.raft).toMatchObject({ term: 1, leaderId: "b" });
    const urgent = { ...request, isLeaderGone: true };
    expect(node.answerTo("c", urgent)).toEqual({ ...GRANTED, term: 2, isPreVote });
  }
  const late = new TestRaft();
  late.hear("b", appendOf({ term: 1 }));
  late.nowMs += ELECTION_TIMEOUT_MS;
  expect(late.answerTo("c", voteRequestOf({ term: 2 }))).toMatchObject(GRANTED);
});

test("a leader does not believe that it is gone", () => {
  const node = new TestRaft();
  node.elect("b");
  const request = voteRequestOf({ term: 2, lastIndex: 9, lastTerm: 1, isLeaderGone: true });
  expect(node.answerTo("c", request)).toMatchObject(REFUSED);
  expect(node.raft).toMatchObject({ role: "leader", term: 1 });
});

test("when the leader's process is gone, its followers campaign within the jitter and say why", () => {
  const node = new TestRaft({ random: () => 0.5 });
  node.hear("b", appendOf({ term: 1 }));
  node.raft.peerGone("c", node.nowMs);
  expect(node.raft.leaderId).toBe("b");
  node.raft.peerGone("b", node.nowMs);
  expect(node.raft.leaderId).toBeUndefined();
  expect(node.wait(LEADER_GONE_JITTER_MS / 2 - 1).messages).toEqual([]);
  const { messages } = node.wait(1);
  const request = voteRequestOf({ term: 2, isPreVote: true, isLeaderGone: true });
  expect(messages).toContainEqual({ to: "c", message: request });
  const { messages: real } = node.hear("c", { ...GRANTED, term: 2, isPreVote: true });
  expect(real).toContainEqual({ to: "c", message: { ...request, isPreVote: false } });
});

test("that a leader is gone is said of its own term only, and forgotten when it is heard again", () => {
  const node = new TestRaft();
  node.hear("b", appendOf({ term: 1 }));
  node.raft.peerGone("b", node.nowMs);
  // Another election, meanwhile: whoever leads now is not the one that went.
  node.hear("c", { ...REFUSED, term: 2, isPreVote: true });
  const { messages } = node.wait(0);
  expect(messages[0]?.message).toEqual(voteRequestOf({ term: 3, isPreVote: true }));

  const mistaken = new TestRaft();
  mistaken.hear("b", appendOf({ term: 1 }));
  mistaken.raft.peerGone("b", mistaken.nowMs);
  mistaken.hear("b", appendOf({ term: 1 }));
  expect(mistaken.wait(ELECTION_TIMEOUT_MS - 1).messages).toEqual([]);
  expect(mistaken.wait(1).messages[0]?.message).toMatchObject({ isLeaderGone: false });
});

test("a higher term ends a reign, a candidacy and a term", () => {
  const leader = new TestRaft();
  leader.elect("b");
  const result = { kind: "append-result", isAccepted: false, matchIndex: 0, round: 0 } as const;
  leader.hear("c", { ...result, term: 7 });
  expect(leader.raft).toMatchObject({ role: "follower", term: 7, leaderId: undefined });

  const candidate = new TestRaft();
  candidate.wait(ELECTION_TIMEOUT_MS);
  candidate.hear("b", { ...REFUSED, term: 7, isPreVote: true });
  expect(candidate.raft).toMatchObject({ role: "follower", term: 7 });

  const rival = new TestRaft();
  rival.wait(ELECTION_TIMEOUT_MS);
  rival.hear("b", { ...GRANTED, term: 1, isPreVote: true });
  rival.hear("c", appendOf({ term: 1 }));
  expect(rival.raft).toMatchObject({ role: "follower", term: 1, leaderId: "c" });
});

test("a lower term is answered with ours, so that its leader steps down and its candidate catches up", () => {
  const node = new TestRaft({ restored: storedLog([4]) });
  const answer = { kind: "append-result", term: 4, isAccepted: false, round: 0 };
  expect(node.answerTo("b", appendOf({ term: 3, round: 12 }))).toMatchObject(answer);
  expect(node.answerTo("b", voteRequestOf({ term: 3 }))).toMatchObject({ ...REFUSED, term: 4 });
  expect(node.answerTo("b", { ...GRANTED, term: 3, isPreVote: false })).toBeUndefined();
  expect(node.raft).toMatchObject({ term: 4, leaderId: undefined });
});

test("a term that no honest node can have reached is ignored", () => {
  const node = new TestRaft();
  expect(node.answerTo("b", appendOf({ term: TERM_JUMP_MAX + 1 }))).toBeUndefined();
  expect(node.answerTo("b", voteRequestOf({ term: 2 ** 53 - 1 }))).toBeUndefined();
  expect(node.raft.term).toBe(0);
  node.hear("b", appendOf({ term: TERM_JUMP_MAX }));
  expect(node.raft.term).toBe(TERM_JUMP_MAX);
});

test("a second leader in the same term is no accident: it stops the node", () => {
  const node = new TestRaft();
  node.elect("b");
  expect(() => node.hear("c", appendOf({ term: 1 }))).toThrow("c leads in term 1, and so do we");
});

test("a leader that no majority answers within an election timeout steps down", () => {
  const node = new TestRaft({ restored: storedLog([], ["a", "b", "c", "d", "e"]) });
  node.elect("b", "c");
  expect(node.raft.hasQuorum(node.nowMs)).toBe(false);
  node.acknowledge("b", { round: 1 });
  expect(node.raft.hasQuorum(node.nowMs)).toBe(false);
  // Refusing an append is an answer too.
  const refusal = { kind: "append-result", term: 1, isAccepted: false, matchIndex: 0 } as const;
  node.hear("d", { ...refusal, round: 1 });
  expect(node.raft.hasQuorum(node.nowMs + ELECTION_TIMEOUT_MS)).toBe(true);
  expect(node.raft.hasQuorum(node.nowMs + ELECTION_TIMEOUT_MS + 1)).toBe(false);
  node.wait(ELECTION_TIMEOUT_MS);
  expect(node.raft.role).toBe("leader");
  node.wait(1);
  expect(node.raft).toMatchObject({ role: "follower", term: 1, leaderId: undefined });
});

test("an answer counts from when its round was sent, however late it comes", () => {
  const node = new TestRaft();
  const [first] = node.elect("b").messages;
  expect(first?.message).toMatchObject({ round: 1 });
  const electedAtMs = node.nowMs;
  node.wait(300);
  node.acknowledge("b", { round: 1 });
  expect(node.raft.hasQuorum(electedAtMs + ELECTION_TIMEOUT_MS)).toBe(true);
  expect(node.raft.hasQuorum(electedAtMs + ELECTION_TIMEOUT_MS + 1)).toBe(false);
  node.acknowledge("b", { round: 2 });
  expect(node.raft.hasQuorum(electedAtMs + 300 + ELECTION_TIMEOUT_MS)).toBe(true);
  // A round that never was, and the mark of an answer to an older reign.
  for (const round of [0, 3, 99]) node.acknowledge("c", { round });
  expect(node.raft.hasQuorum(electedAtMs + 301 + ELECTION_TIMEOUT_MS)).toBe(false);
});

test("a leader is heard once a heartbeat", () => {
  const node = new TestRaft();
  node.elect("b");
  node.acknowledge("b");
  node.acknowledge("c");
  expect(node.wait(RAFT_HEARTBEAT_MS - 1).messages).toEqual([]);
  const beat = { kind: "append", round: 2, entries: [], previousIndex: 1, commitIndex: 1 };
  expect(node.wait(1).messages).toMatchObject([
    { to: "b", message: beat },
    { to: "c", message: beat },
  ]);
});

test("an unconnected node is a bystander: it votes when asked, and never campaigns", () => {
  const node = new TestRaft({ restored: { ...storedLog([]), entries: entriesOf([]) } });
  expect(node.raft.role).toBe("follower");
  const bystander = new TestRaft({ selfId: "z" });
  expect(bystander.raft.role).toBe("bystander");
  expect(bystander.wait(100 * ELECTION_TIMEOUT_MS).messages).toEqual([]);
  expect(bystander.answerTo("b", voteRequestOf({ term: 1 }))).toMatchObject(GRANTED);
  expect(bystander.propose({ kind: "noop" })).toBeUndefined();
});
