import assert from "node:assert/strict";
import type { NodeId } from "../facts.ts";
import {
  APPEND_ENTRIES_MAX,
  ELECTION_TIMEOUT_MS,
  LOG_ENTRIES_MAX,
  TERM_JUMP_MAX,
  UNCOMMITTED_ENTRIES_MAX,
} from "../limits.ts";
import { Ballot } from "./ballot.ts";
import { ElectionTimer } from "./election-timer.ts";
import { type AppendAnswer, takeAppend, takeSnapshot } from "./following.ts";
import { Leadership } from "./leadership.ts";
import type { LogCommand, LogEntry, RaftMessage, RaftMessageOf, Snapshot } from "./messages.ts";
import { Outbox } from "./outbox.ts";
import { type LogPosition, RaftLog } from "./raft-log.ts";
import type { RaftOptions } from "./raft-options.ts";
import { FOLLOWER, type Standing } from "./standing.ts";
import { NOTHING_STORED, type Ready } from "./stored-state.ts";
import { differByOne } from "./voter-sets.ts";

export type RaftRole = "leader" | "follower" | "candidate" | "pre-candidate" | "bystander";

/**
 * Raft: the voters agree on one log. Messages, time and the end of writes go in; `takeReady` says what to write, to
 * send and to apply. Pure and synchronous; the caller has the clock, the disk and the network.
 *
 * With pre-vote (a node that cannot win disturbs nobody), CheckQuorum (a leader that hears no majority stops being
 * one), and voters changed one at a time. A node answers for itself as the others do: its own vote and its own entries
 * count when they are on its disk.
 *
 * Cost: a message is O(entries + voters). Throws AssertionError when the log contradicts what is committed: then a
 * disk lied, or two histories met, and going on would spread it.
 * Source: Ongaro, "Consensus: Bridging Theory and Practice"; etcd-io/raft raft.go.
 */
export class Raft {
  readonly #selfId: NodeId;
  readonly #logEntriesMax: number;
  readonly #appendEntriesMax: number;
  readonly #log: RaftLog;
  readonly #outbox: Outbox;
  readonly #electionTimer: ElectionTimer;
  #term: number;
  #votedFor: NodeId | undefined;
  #standing: Standing = FOLLOWER;
  #leaderId: NodeId | undefined;
  /** The latest time that was passed in. */
  #nowMs: number;
  #heardLeaderAtMs = -Infinity;
  /** The leader of this term is known to be gone. */
  #leaderlessTerm: number | undefined;

  constructor({ selfId, random, nowMs, restored = NOTHING_STORED, ...limits }: RaftOptions) {
    this.#selfId = selfId;
    this.#logEntriesMax = limits.logEntriesMax ?? LOG_ENTRIES_MAX;
    this.#appendEntriesMax = limits.appendEntriesMax ?? APPEND_ENTRIES_MAX;
    this.#nowMs = nowMs;
    this.#log = new RaftLog(restored);
    this.#term = restored.hardState.term;
    this.#votedFor = restored.hardState.votedFor;
    this.#outbox = new Outbox(this.#log, restored.hardState);
    assert(this.#log.last.term <= this.#term, "entries of a term that never was");
    const isAlone = this.voters.length === 1 && this.voters[0] === selfId;
    this.#electionTimer = new ElectionTimer(random, nowMs);
    if (!isAlone) this.#electionTimer.restart(nowMs);
  }

  get role(): RaftRole {
    const { kind } = this.#standing;
    return kind === "follower" && !this.#mayCampaign ? "bystander" : kind;
  }

  get term(): number {
    return this.#term;
  }

  get leaderId(): NodeId | undefined {
    return this.#leaderId;
  }

  /** Those in force: the newest in the log, committed or not. */
  get voters(): readonly NodeId[] {
    return this.#log.voters;
  }

  get commitIndex(): number {
    return this.#log.commitIndex;
  }

  get lastIndex(): number {
    return this.#log.lastIndex;
  }

  /** Those after one that was handed out, committed or not. `undefined`: a snapshot has replaced some of them. */
  entriesAfter(index: number): readonly LogEntry[] | undefined {
    if (index < this.#log.baseIndex) return undefined;
    return index >= this.lastIndex ? [] : this.#log.slice(index + 1);
  }

  /** The log is long: `compact` when it suits. */
  get wantsSnapshot(): boolean {
    return this.#log.handedOutIndex - (this.#log.snapshot?.index ?? 0) >= this.#logEntriesMax;
  }

  /** `undefined`: no such entry, or it is no longer kept. */
  termAt(index: number): number | undefined {
    return this.#log.termAt(index);
  }

  /** A majority answered a round that was sent within ELECTION_TIMEOUT_MS. Never true of a node that does not lead. */
  hasQuorum(nowMs: number): boolean {
    return this.#standing.kind === "leader" && this.#standing.reign.hasQuorum(nowMs);
  }

  /** That voter answered a round of this leader that was sent within ELECTION_TIMEOUT_MS. */
  hasAnswered(nodeId: NodeId, nowMs: number): boolean {
    return this.#standing.kind === "leader" && this.#standing.reign.hasAnswered(nodeId, nowMs);
  }

  /** To be called every 20 ms or more often. */
  tick(nowMs: number): void {
    this.#nowMs = nowMs;
    if (this.#standing.kind === "leader") {
      const { reign } = this.#standing;
      if (reign.hasLostQuorum(nowMs)) this.#follow(this.#term, undefined);
      else reign.tick(nowMs);
    } else if (this.#mayCampaign && this.#electionTimer.isDue(nowMs)) {
      this.#askWhetherToCampaign();
    }
  }

  /**
   * Appends to the log of this leader; committed when it comes back in a Ready, which it may never do. `undefined`:
   * not now, or not here. Of voters: not while another change is under way, nor before this leader has committed
   * an entry of its term, nor when the set differs by more or less than one member.
   */
  propose(command: LogCommand, nowMs: number): LogPosition | undefined {
    this.#nowMs = nowMs;
    if (this.#standing.kind !== "leader") return undefined;
    if (this.lastIndex - this.commitIndex >= UNCOMMITTED_ENTRIES_MAX) return undefined;
    if (command.kind === "voters" && !this.#mayChangeVotersTo(command.voters)) return undefined;
    const position = this.#appendOwn(command);
    if (command.kind === "voters") this.#standing.reign.votersChanged(nowMs);
    return position;
  }

  /**
   * The process of that node is known to be dead, say by a refused connect. If it led, there is nothing to wait for.
   * Voters believe that: said of a leader that lives, it costs an election and no more.
   */
  peerGone(nodeId: NodeId, nowMs: number): void {
    this.#nowMs = nowMs;
    if (nodeId !== this.#leaderId || nodeId === this.#selfId) return;
    this.#leaderId = undefined;
    this.#leaderlessTerm = this.#term;
    this.#electionTimer.hasten(nowMs);
  }

  /** What the entries up to `snapshot.index`, all of them handed out before, came to. */
  compact(snapshot: Snapshot): void {
    this.#log.compact(snapshot, Math.floor(this.#logEntriesMax / 2));
  }

  /** What there is to do, until it is `undefined`: there is nothing, or the write of the one before is under way. */
  takeReady(): Ready | undefined {
    if (this.#outbox.isBusy) return undefined;
    this.#sendAsLeader();
    return this.#outbox.takeReady({ term: this.#term, votedFor: this.#votedFor });
  }

  /** The write of that Ready is durable. Needed only when it had one. */
  persisted(ready: Ready): void {
    if (ready.persist === undefined) return;
    this.#outbox.persisted(ready);
    const { term, votedFor } = ready.persist.hardState ?? {};
    if (term === this.#term && votedFor === this.#selfId) this.#countVote(this.#selfId, true);
    this.#advanceCommit();
  }

  receive(from: NodeId, message: RaftMessage, nowMs: number): void {
    this.#nowMs = nowMs;
    if (message.term > this.#term + TERM_JUMP_MAX) return;
    if (message.term < this.#term) {
      this.#answerOutdated(from, message);
      return;
    }
    switch (message.kind) {
      case "vote-request":
        this.#receiveVoteRequest(from, message);
        break;
      case "vote":
        this.#receiveVote(from, message);
        break;
      case "append":
        this.#hearLeader(from, message.term);
        this.#answerLeader(from, takeAppend(this.#log, message));
        break;
      case "install-snapshot":
        this.#hearLeader(from, message.term);
        this.#answerLeader(from, takeSnapshot(this.#log, message));
        break;
      case "append-result":
        if (message.term > this.#term) this.#follow(message.term, undefined);
        if (this.#standing.kind !== "leader") break;
        this.#standing.reign.receive(from, message);
        this.#advanceCommit();
        break;
    }
  }

  /** Our term stops a leader that was deposed, and brings a candidate up to date. Anything else came too late. */
  #answerOutdated(to: NodeId, message: RaftMessage): void {
    switch (message.kind) {
      case "vote-request": {
        const { isPreVote } = message;
        this.#outbox.send(to, { kind: "vote", term: this.#term, isPreVote, isGranted: false });
        break;
      }
      case "append":
      case "install-snapshot":
        // Round 0: if it leads again by now, this proves nothing about its present reign.
        this.#answerLeader(to, { isAccepted: false, matchIndex: this.commitIndex, round: 0 });
        break;
      case "vote":
      case "append-result":
        break;
    }
  }

  // Elections

  /**
   * Also one that was voted out, until that is committed: it may be the only one whose log is long enough to win and
   * commit it. Source: thesis, section 4.2.2.
   */
  get #mayCampaign(): boolean {
    return [this.voters, this.#log.settledVoters].some((set) => set.includes(this.#selfId));
  }

  /** Hears a leader, or is one: elections are not welcome. Source: thesis, section 4.2.3. */
  get #isLed(): boolean {
    if (this.#leaderId === undefined) return false;
    const silentMs = this.#nowMs - this.#heardLeaderAtMs;
    return this.#standing.kind === "leader" || silentMs < ELECTION_TIMEOUT_MS;
  }

  /** Pre-vote: whoever cannot win learns it before it raises any term. Source: thesis, section 9.6. */
  #askWhetherToCampaign(): void {
    this.#leaderId = undefined;
    this.#electionTimer.campaign(this.#nowMs);
    this.#standing = { kind: "pre-candidate", ballot: new Ballot(this.voters) };
    this.#requestVotes(this.#term + 1, true);
    this.#countVote(this.#selfId, true);
  }

  #campaign(): void {
    this.#term += 1;
    this.#votedFor = this.#selfId;
    this.#standing = { kind: "candidate", ballot: new Ballot(this.voters) };
    // Our own vote is counted when it is on disk.
    this.#requestVotes(this.#term, false);
  }

  #requestVotes(term: number, isPreVote: boolean): void {
    const { index: lastIndex, term: lastTerm } = this.#log.last;
    const isLeaderGone = this.#leaderlessTerm === term - 1;
    for (const voter of this.voters) {
      if (voter === this.#selfId) continue;
      const request = { term, isPreVote, lastIndex, lastTerm, isLeaderGone };
      this.#outbox.send(voter, { kind: "vote-request", ...request });
    }
  }

  /** Bystanders vote too: they may be voters already, and not know it yet. Source: thesis, section 4.1. */
  #receiveVoteRequest(from: NodeId, request: RaftMessageOf<"vote-request">): void {
    const { isPreVote } = request;
    const isLater = request.term > this.#term;
    const isUnwelcome =
      isLater && this.#isLed && (!request.isLeaderGone || this.#standing.kind === "leader");
    if (isLater && !isUnwelcome && !isPreVote) this.#follow(request.term, undefined);
    const isFree =
      (isPreVote && isLater) ||
      this.#votedFor === from ||
      (this.#votedFor === undefined && this.#leaderId === undefined);
    const logEnd = { index: request.lastIndex, term: request.lastTerm };
    const isGranted = !isUnwelcome && isFree && this.#log.isCoveredBy(logEnd);
    if (isGranted && !isPreVote) {
      this.#votedFor = from;
      this.#electionTimer.restart(this.#nowMs);
    }
    // A granted pre-vote bears the term that it was asked for: ours may be one that the candidate ignores.
    const term = isGranted ? request.term : this.#term;
    this.#outbox.send(from, { kind: "vote", term, isPreVote, isGranted });
  }

  #receiveVote(from: NodeId, { term, isPreVote, isGranted }: RaftMessageOf<"vote">): void {
    const isOfNextTerm = isPreVote && isGranted;
    if (term > this.#term && !isOfNextTerm) {
      this.#follow(term, undefined);
      return;
    }
    if (this.#standing.kind !== (isPreVote ? "pre-candidate" : "candidate")) return;
    if (isOfNextTerm && term !== this.#term + 1) return;
    this.#countVote(from, isGranted);
  }

  #countVote(from: NodeId, isGranted: boolean): void {
    const standing = this.#standing;
    if (standing.kind !== "pre-candidate" && standing.kind !== "candidate") return;
    standing.ballot.record(from, isGranted);
    switch (standing.ballot.outcome) {
      case "won":
        if (standing.kind === "pre-candidate") this.#campaign();
        else this.#lead();
        break;
      case "lost":
        this.#follow(this.#term, undefined);
        break;
      case "open":
        break;
    }
  }

  #lead(): void {
    this.#leaderId = this.#selfId;
    const reign = new Leadership({
      selfId: this.#selfId,
      term: this.#term,
      log: this.#log,
      appendEntriesMax: this.#appendEntriesMax,
      nowMs: this.#nowMs,
    });
    this.#standing = { kind: "leader", reign };
    // Entries of older terms are committed with the first of ours. Source: thesis, section 6.4, step 1.
    this.#appendOwn({ kind: "noop" });
  }

  // Following

  #hearLeader(leaderId: NodeId, term: number): void {
    const isRival = this.#standing.kind === "leader" && term === this.#term;
    assert(!isRival, `${leaderId} leads in term ${term}, and so do we`);
    this.#follow(term, leaderId);
  }

  /** `leaderId` is `undefined`: of that term, no leader is known. */
  #follow(term: number, leaderId: NodeId | undefined): void {
    if (term > this.#term) {
      this.#term = term;
      this.#votedFor = undefined;
    }
    const hasLed = this.#standing.kind === "leader";
    this.#standing = FOLLOWER;
    this.#leaderId = leaderId;
    if (leaderId !== undefined) {
      this.#heardLeaderAtMs = this.#nowMs;
      this.#leaderlessTerm = undefined;
    }
    if (leaderId !== undefined || hasLed) this.#electionTimer.restart(this.#nowMs);
  }

  #answerLeader(to: NodeId, answer: AppendAnswer): void {
    this.#outbox.send(to, { kind: "append-result", term: this.#term, ...answer });
  }

  // Leading

  #mayChangeVotersTo(voters: readonly NodeId[]): boolean {
    // Two leaders could each change the set by one, in logs that differ by two, if the second had not settled
    // what the first left behind. Source: Ongaro, raft-dev, "bug in single-server membership changes", 2015.
    const hasCommittedOwn = this.termAt(this.commitIndex) === this.#term;
    const isSettled = hasCommittedOwn && !this.#log.isVotersChangePending;
    return isSettled && differByOne(this.voters, voters);
  }

  #appendOwn(command: LogCommand): LogPosition {
    const position = { index: this.lastIndex + 1, term: this.#term };
    this.#log.append([{ ...position, command }]);
    return position;
  }

  #advanceCommit(): void {
    if (this.#standing.kind !== "leader") return;
    const index = this.#standing.reign.committableIndex() ?? 0;
    if (index <= this.commitIndex) return;
    this.#log.commitTo(index);
    if (this.#log.isVotersChangePending || this.voters.includes(this.#selfId)) return;
    // Voted out, for good: the others hear it, and are left alone. Source: thesis, section 4.2.2.
    this.#sendAsLeader();
    this.#follow(this.#term, undefined);
  }

  #sendAsLeader(): void {
    if (this.#standing.kind !== "leader") return;
    for (const { to, message } of this.#standing.reign.takeMessages())
      this.#outbox.send(to, message);
  }
}
