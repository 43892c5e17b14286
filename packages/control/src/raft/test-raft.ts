import assert from "node:assert/strict";
import { NO_FACTS, type NodeId } from "../facts.ts";
import { ELECTION_TIMEOUT_MS } from "../limits.ts";
import type { LogCommand, LogEntry, RaftMessage, RaftMessageOf, Snapshot } from "./messages.ts";
import type { RaftOptions } from "./raft-options.ts";
import { Raft } from "./raft.ts";
import type { DiskWrite, StoredState } from "./stored-state.ts";

/** For tests: one Raft, held in the hand. */

/** All voters but the one under test, `a`, are played by the test. */
export const THREE = ["a", "b", "c"];

export function factsCommand(name: string): LogCommand {
  return { kind: "facts", command: { kind: "release-slots", shardId: name, slots: [] } };
}

/** Entries of these terms, from index 1 on, or behind `after`. */
export function entriesOf(terms: readonly number[], after = 0): LogEntry[] {
  return terms.map((term, at) => {
    const index = after + at + 1;
    return { index, term, command: factsCommand(`${index}/${term}`) };
  });
}

export function snapshotAt(index: number, term: number, voters: readonly NodeId[]): Snapshot {
  return { index, term, voters, facts: { ...NO_FACTS, version: index } };
}

/** A log of these terms, whose first voters are given. */
export function storedLog(
  terms: readonly number[],
  voters: readonly NodeId[] = THREE,
): StoredState & { readonly snapshot: Snapshot } {
  return {
    hardState: { term: terms.at(-1) ?? 0, votedFor: undefined },
    snapshot: snapshotAt(0, 0, voters),
    entries: entriesOf(terms),
  };
}

/** What left a Raft: all its Readys in one. */
export interface Outcome {
  readonly messages: { readonly to: NodeId; readonly message: RaftMessage }[];
  readonly writes: DiskWrite[];
  readonly committed: LogEntry[];
  readonly restored: Snapshot[];
}

/** The node `a`, with a clock, and a disk that writes at once. */
export class TestRaft {
  readonly raft: Raft;
  nowMs = 1000;

  constructor(options: Partial<RaftOptions> = {}) {
    const { nowMs } = this;
    this.raft = new Raft({
      selfId: "a",
      random: () => 0,
      nowMs,
      restored: storedLog([]),
      ...options,
    });
  }

  /** Does what there is to do. */
  settle(): Outcome {
    const outcome: Outcome = { messages: [], writes: [], committed: [], restored: [] };
    for (let ready = this.raft.takeReady(); ready; ready = this.raft.takeReady()) {
      if (ready.persist !== undefined) outcome.writes.push(ready.persist);
      this.raft.persisted(ready);
      outcome.messages.push(...ready.messages);
      outcome.committed.push(...ready.committed);
      if (ready.restored !== undefined) outcome.restored.push(ready.restored);
    }
    return outcome;
  }

  /** Time passes, and nothing else. */
  wait(ms: number): Outcome {
    this.nowMs += ms;
    this.raft.tick(this.nowMs);
    return this.settle();
  }

  hear(from: NodeId, message: RaftMessage): Outcome {
    this.raft.receive(from, message, this.nowMs);
    return this.settle();
  }

  /** What it answers to one message. */
  answerTo(from: NodeId, message: RaftMessage): RaftMessage | undefined {
    const { messages } = this.hear(from, message);
    assert(messages.length <= 1 && messages.every(({ to }) => to === from));
    return messages[0]?.message;
  }

  propose(command: LogCommand): { readonly index: number; readonly term: number } | undefined {
    return this.raft.propose(command, this.nowMs);
  }

  /** Wins an election with the votes of those. */
  elect(...supporters: NodeId[]): Outcome {
    this.wait(ELECTION_TIMEOUT_MS);
    for (const isPreVote of [true, false]) {
      const term = this.raft.term + (isPreVote ? 1 : 0);
      for (const from of supporters) {
        this.raft.receive(from, { kind: "vote", term, isPreVote, isGranted: true }, this.nowMs);
      }
      // The last votes make it the leader; its first messages are the caller's.
      if (isPreVote) this.settle();
    }
    assert.equal(this.raft.role, "leader");
    return this.settle();
  }

  /** That follower has all the leader's entries, in answer to a round. */
  acknowledge(from: NodeId, { matchIndex = this.raft.lastIndex, round = 0 } = {}): Outcome {
    const { term } = this.raft;
    return this.hear(from, { kind: "append-result", term, isAccepted: true, matchIndex, round });
  }
}

/** An append of a leader, empty unless told otherwise. */
export function appendOf(
  fields: Partial<RaftMessageOf<"append">> & { readonly term: number },
): RaftMessageOf<"append"> {
  return {
    kind: "append",
    previousIndex: 0,
    previousTerm: 0,
    entries: [],
    commitIndex: 0,
    round: 1,
    ...fields,
  };
}

/** A request by somebody whose log is empty, unless told otherwise. */
export function voteRequestOf(
  fields: Partial<RaftMessageOf<"vote-request">> & { readonly term: number },
): RaftMessageOf<"vote-request"> {
  return {
    kind: "vote-request",
    isPreVote: false,
    lastIndex: 0,
    lastTerm: 0,
    isLeaderGone: false,
    ...fields,
  };
}
