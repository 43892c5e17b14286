import type { NodeId } from "../facts.ts";
import { ELECTION_TIMEOUT_MS, RAFT_HEARTBEAT_MS } from "../limits.ts";
import type { RaftMessage, RaftMessageOf } from "./messages.ts";
import { Progress } from "./progress.ts";
import type { RaftLog } from "./raft-log.ts";
import { reachedByMajority } from "./voter-sets.ts";

/**
 * One reign: what a leader knows of the others for as long as its term lasts. It begins by appending an entry.
 *
 * Its messages carry the number of a *round*. One begins with each heartbeat, and an answer proves that the follower
 * took us for the leader at some time after that round began. So time is read at one end only.
 */
export class Leadership {
  readonly #selfId: NodeId;
  readonly #term: number;
  readonly #log: RaftLog;
  readonly #appendEntriesMax: number;
  /** All voters but ourselves; and one that was voted out, until it has been told. */
  readonly #followers = new Map<NodeId, Progress>();
  #round = 0;
  #nextRoundAtMs: number;
  /** Of the rounds that still prove something. */
  readonly #roundSentAtMs = new Map<number, number>();
  /** A new leader, and a new set of voters, get as long as an election takes to show a majority. */
  #graceSinceMs: number;

  constructor(options: {
    readonly selfId: NodeId;
    readonly term: number;
    readonly log: RaftLog;
    readonly appendEntriesMax: number;
    readonly nowMs: number;
  }) {
    this.#selfId = options.selfId;
    this.#term = options.term;
    this.#log = options.log;
    this.#appendEntriesMax = options.appendEntriesMax;
    this.#nextRoundAtMs = options.nowMs;
    this.#graceSinceMs = options.nowMs;
    this.votersChanged(options.nowMs);
    this.tick(options.nowMs);
  }

  votersChanged(nowMs: number): void {
    this.#graceSinceMs = nowMs;
    for (const voter of this.#log.voters) {
      if (voter === this.#selfId || this.#followers.has(voter)) continue;
      const nextIndex = this.#log.lastIndex + 1;
      this.#followers.set(voter, new Progress(nextIndex, this.#appendEntriesMax));
    }
  }

  tick(nowMs: number): void {
    if (nowMs < this.#nextRoundAtMs) return;
    this.#nextRoundAtMs = nowMs + RAFT_HEARTBEAT_MS;
    for (const [round, sentAtMs] of this.#roundSentAtMs) {
      if (nowMs - sentAtMs > ELECTION_TIMEOUT_MS) this.#roundSentAtMs.delete(round);
    }
    this.#round += 1;
    this.#roundSentAtMs.set(this.#round, nowMs);
    for (const follower of this.#followers.values()) follower.beginRound();
  }

  receive(from: NodeId, result: RaftMessageOf<"append-result">): void {
    const follower = this.#followers.get(from);
    if (follower === undefined || result.matchIndex > this.#log.lastIndex) return;
    follower.answeredRoundSentAtMs = Math.max(
      follower.answeredRoundSentAtMs,
      this.#roundSentAtMs.get(result.round) ?? -Infinity,
    );
    follower.receive(result);
  }

  /**
   * The last entry that a majority has on disk, if it is of this term: an older one may be there and yet be replaced
   * by a later leader. With one of this term all before it are committed. Source: thesis, section 3.6.2, figure 3.7.
   */
  committableIndex(): number | undefined {
    const index = reachedByMajority(
      this.#log.voters.map((voter) => {
        if (voter === this.#selfId) return this.#log.durableIndex;
        return this.#followers.get(voter)?.matchIndex ?? 0;
      }),
    );
    return this.#log.termAt(index) === this.#term ? index : undefined;
  }

  /** When the last round was sent that a majority has answered. `-Infinity`: none was. */
  #majoritySentAtMs(nowMs: number): number {
    return reachedByMajority(
      this.#log.voters.map((voter) => {
        if (voter === this.#selfId) return nowMs;
        return this.#followers.get(voter)?.answeredRoundSentAtMs ?? -Infinity;
      }),
    );
  }

  /** That follower answered a round that was sent within ELECTION_TIMEOUT_MS. */
  hasAnswered(nodeId: NodeId, nowMs: number): boolean {
    const follower = this.#followers.get(nodeId);
    if (follower === undefined) return false;
    return nowMs - follower.answeredRoundSentAtMs <= ELECTION_TIMEOUT_MS;
  }

  hasQuorum(nowMs: number): boolean {
    return nowMs - this.#majoritySentAtMs(nowMs) <= ELECTION_TIMEOUT_MS;
  }

  /** It must step down: others may have elected a leader. Source: thesis, section 6.2; etcd's CheckQuorum. */
  hasLostQuorum(nowMs: number): boolean {
    const sinceMs = Math.max(this.#graceSinceMs, this.#majoritySentAtMs(nowMs));
    return nowMs - sinceMs > ELECTION_TIMEOUT_MS;
  }

  takeMessages(): { to: NodeId; message: RaftMessage }[] {
    const stamp = { term: this.#term, round: this.#round };
    const { voters, isVotersChangePending } = this.#log;
    const messages: { to: NodeId; message: RaftMessage }[] = [];
    for (const [to, follower] of this.#followers) {
      for (const message of follower.takeMessages(this.#log, stamp)) messages.push({ to, message });
      // It has been sent the commit that puts it out. When that is lost, its pre-votes are refused until it hears it elsewhere.
      if (!isVotersChangePending && !voters.includes(to)) this.#followers.delete(to);
    }
    return messages;
  }
}
