import assert from "node:assert/strict";
import type { NodeId } from "../facts.ts";
import type { LogCommand, RaftMessage } from "./messages.ts";
import type { LogPosition } from "./raft-log.ts";
import type { Raft } from "./raft.ts";
import type { Ready } from "./stored-state.ts";
import { differByOne } from "./voter-sets.ts";

/** For tests: an observer that sees all nodes at once, and fails when Raft's promises are broken. */

/** An entry, wherever it is: its position names it. */
interface KnownEntry {
  readonly previousTerm: number;
  readonly command: LogCommand;
  /** The entry that named the voters in force here. `undefined`: the first ones are. */
  readonly voters: LogPosition | undefined;
}

/** What was seen of one life of a node. */
export interface WatchedNode {
  readonly id: NodeId;
  readonly life: number;
  readonly raft: Raft;
  seenTerm: number;
  seenCommitIndex: number;
  /** The last term in which it led. */
  ledTerm: number;
}

export class RaftChecks {
  readonly #leaders = new Map<number, string>();
  readonly #entries = new Map<string, KnownEntry>();
  /** The committed entries' terms, by index, and those of the leaders that committed them. */
  readonly #committed: { readonly term: number; readonly inTerm: number }[] = [];
  readonly #votes = new Map<string, NodeId>();
  readonly #heardTerms = new Map<NodeId, number>();
  readonly #firstVoters: readonly NodeId[];
  #committedVoters: readonly NodeId[];

  constructor(firstVoters: readonly NodeId[]) {
    this.#firstVoters = firstVoters;
    this.#committedVoters = firstVoters;
  }

  get committedIndex(): number {
    return this.#committed.length;
  }

  isCommitted({ index, term }: LogPosition): boolean {
    return this.#committed[index - 1]?.term === term;
  }

  get elections(): number {
    return this.#leaders.size;
  }

  /** A node starts, with what its disk says. */
  started({ id, raft }: WatchedNode): void {
    const heardTerm = this.#heardTerms.get(id) ?? 0;
    assert(raft.term >= heardTerm, `${id} forgot term ${heardTerm}`);
  }

  /** After every step of a node. */
  stepped(node: WatchedNode): void {
    const { id, life, raft } = node;
    assert(raft.term >= node.seenTerm, `the term of ${id} went back`);
    node.seenTerm = raft.term;
    if (raft.role === "leader" && node.ledTerm !== raft.term) {
      node.ledTerm = raft.term;
      const leader = this.#leaders.get(raft.term);
      assert(leader === undefined, `term ${raft.term} has two leaders: ${leader} and ${id}`);
      this.#leaders.set(raft.term, `${id}, life ${life}`);
      this.#expectCommitted(node);
    }
    assert(raft.commitIndex >= node.seenCommitIndex, `commits of ${id} went back`);
    for (let index = node.seenCommitIndex + 1; index <= raft.commitIndex; index += 1) {
      // Inside a snapshot, whose contents are compared when they are applied.
      const term = raft.termAt(index);
      if (term !== undefined) this.#commits(node, index, term);
    }
    node.seenCommitIndex = raft.commitIndex;
  }

  /** Leader completeness: what was committed in a term is in the log of whoever leads in a later one. */
  #expectCommitted({ id, raft }: WatchedNode): void {
    for (const [at, { term, inTerm }] of this.#committed.entries()) {
      const index = at + 1;
      // An older leader, elected with votes that were long under way; it will commit nothing.
      if (inTerm >= raft.term) return;
      const isInSnapshot = raft.termAt(index) === undefined && index < raft.lastIndex;
      const isThere = isInSnapshot || raft.termAt(index) === term;
      assert(isThere, `${id} leads in term ${raft.term} without committed entry ${index}`);
    }
  }

  #commits({ id, raft }: WatchedNode, index: number, term: number): void {
    const known = this.#committed[index - 1];
    if (known !== undefined) {
      assert(known.term === term, `${id} commits another entry ${index}`);
      return;
    }
    assert(index === this.committedIndex + 1, `${id} commits entry ${index} before those between`);
    this.#committed.push({ term, inTerm: raft.term });
    const command = this.#entries.get(`${index}/${term}`)?.command;
    assert(command !== undefined, `${id} commits entry ${index} that was never written`);
    if (command.kind !== "voters") return;
    assert(differByOne(this.#committedVoters, command.voters), `voters jump at entry ${index}`);
    this.#committedVoters = command.voters;
  }

  /** Log matching: entries at the same position are the same, and so are those before them. */
  takes({ raft }: WatchedNode, ready: Ready): void {
    for (const { index, term, command } of ready.persist?.entries ?? []) {
      const previousTerm = raft.termAt(index - 1);
      const known = this.#entries.get(`${index}/${term}`);
      if (known === undefined) {
        assert(previousTerm !== undefined, `entry ${index} follows nothing`);
        this.#entries.set(`${index}/${term}`, {
          previousTerm,
          command,
          voters: this.#votersAfter(index, term, previousTerm, command),
        });
        continue;
      }
      assert(known.command === command, `entry ${index} of term ${term} differs`);
      assert(known.previousTerm === previousTerm, `what is before ${index}/${term} differs`);
    }
  }

  #votersAfter(index: number, term: number, previousTerm: number, command: LogCommand) {
    const before = this.#entries.get(`${index - 1}/${previousTerm}`)?.voters;
    if (command.kind !== "voters") return before;
    if (before !== undefined) {
      assert(
        this.isCommitted(before),
        `entry ${index} changes voters while entry ${before.index} does`,
      );
      const { command: old } = this.#entries.get(`${before.index}/${before.term}`) ?? {};
      assert(old?.kind === "voters" && differByOne(old.voters, command.voters), "voters jump");
    } else {
      assert(differByOne(this.#firstVoters, command.voters), "voters jump");
    }
    return { index, term };
  }

  /** Promises that leave a node bind it for ever, over all its lives. */
  sends(from: NodeId, to: NodeId, message: RaftMessage): void {
    // The term of a pre-vote is one that the sender has not begun.
    if (message.kind === "vote-request" && message.isPreVote) return;
    if (message.kind === "vote" && message.isPreVote) return;
    const heardTerm = this.#heardTerms.get(from) ?? 0;
    this.#heardTerms.set(from, Math.max(heardTerm, message.term));
    const isVote = message.kind === "vote" && message.isGranted;
    if (!isVote && message.kind !== "vote-request") return;
    const candidate = isVote ? to : from;
    const key = `${from}/${message.term}`;
    const earlier = this.#votes.get(key) ?? candidate;
    assert(
      earlier === candidate,
      `${from} votes for ${earlier} and ${candidate} in term ${message.term}`,
    );
    this.#votes.set(key, candidate);
  }
}
