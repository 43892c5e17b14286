import assert from "node:assert/strict";
import { APPENDS_IN_FLIGHT_MAX, SNAPSHOT_RESEND_ROUNDS } from "../limits.ts";
import type { RaftMessageOf } from "./messages.ts";
import type { RaftLog } from "./raft-log.ts";

/** What the messages of a leader have in common. */
export interface LeaderStamp {
  readonly term: number;
  readonly round: number;
}

type AppendResult = RaftMessageOf<"append-result">;
type FromLeader = RaftMessageOf<"append" | "install-snapshot">;

/**
 * One follower, as its leader knows it. In one of three states:
 *
 * - probe: where its log leaves ours is unknown. One append at a time, until one is accepted.
 * - replicate: each append goes out behind the one before, unanswered or not, up to a limit.
 * - snapshot: what it needs is no longer in the log. Nothing but the snapshot, until it has it.
 *
 * Nothing is sent again for want of an answer: the heartbeat of the next round is an append too, and one that does
 * not fit is refused, which begins a probe. Source: etcd-io/raft tracker/progress.go.
 */
export class Progress {
  readonly #appendEntriesMax: number;
  #state: "probe" | "replicate" | "snapshot" = "probe";
  /** Its log equals ours up to here, on its disk. Never goes back. */
  #matchIndex = 0;
  #nextIndex: number;
  /** Probe: one is under way. */
  #isAwaiting = false;
  #isHeartbeatDue = true;
  /** What it was last told: more has been committed when this is less. */
  #toldCommitIndex = 0;
  #snapshot = { index: 0, sentInRound: 0 };
  /** When the last round that it answered was sent; it took us for the leader then. `-Infinity`: it never answered. */
  answeredRoundSentAtMs = -Infinity;

  /** `nextIndex`: behind the leader's log, to begin with. */
  constructor(nextIndex: number, appendEntriesMax: number) {
    this.#appendEntriesMax = appendEntriesMax;
    this.#nextIndex = nextIndex;
  }

  get matchIndex(): number {
    return this.#matchIndex;
  }

  /** A new round: what a probe is still waiting for may be lost. */
  beginRound(): void {
    this.#isHeartbeatDue = true;
    this.#isAwaiting = false;
  }

  receive({ isAccepted, matchIndex }: AppendResult): void {
    if (isAccepted) this.#accepted(matchIndex);
    else this.#refused(matchIndex);
  }

  #accepted(matchIndex: number): void {
    this.#matchIndex = Math.max(this.#matchIndex, matchIndex);
    this.#nextIndex = Math.max(this.#nextIndex, this.#matchIndex + 1);
    switch (this.#state) {
      case "probe":
        this.#nextIndex = this.#matchIndex + 1;
        this.#state = "replicate";
        break;
      case "snapshot":
        if (this.#matchIndex >= this.#snapshot.index) this.#state = "replicate";
        break;
      case "replicate":
        break;
    }
  }

  /** May be an old refusal: it never leads behind what is known to match, nor forward. */
  #refused(hintIndex: number): void {
    switch (this.#state) {
      case "probe": {
        const nextIndex = Math.max(this.#matchIndex, Math.min(this.#nextIndex - 1, hintIndex)) + 1;
        // Not news: waits for the next round, or two nodes that disagree would do so at full speed.
        if (nextIndex < this.#nextIndex) this.#isAwaiting = false;
        this.#nextIndex = nextIndex;
        break;
      }
      case "replicate":
        this.#state = "probe";
        this.#nextIndex = this.#matchIndex + 1;
        this.#isAwaiting = false;
        break;
      case "snapshot":
        // It has not arrived yet.
        break;
    }
  }

  /** What it should be sent now, in order; mostly nothing. Takes it as sent. */
  takeMessages(log: RaftLog, stamp: LeaderStamp): FromLeader[] {
    const messages: FromLeader[] = [];
    for (let message = this.#next(log, stamp); message; message = this.#next(log, stamp)) {
      messages.push(message);
      this.#isHeartbeatDue = false;
    }
    return messages;
  }

  #next(log: RaftLog, stamp: LeaderStamp): FromLeader | undefined {
    if (this.#state !== "snapshot" && this.#nextIndex <= log.baseIndex) {
      return this.#sendSnapshot(log, stamp);
    }
    switch (this.#state) {
      case "probe": {
        if (this.#isAwaiting) return undefined;
        this.#isAwaiting = true;
        return this.#append(log, stamp, this.#nextIndex - 1, this.#appendEntriesMax);
      }
      case "replicate": {
        const inFlight = this.#nextIndex - 1 - this.#matchIndex;
        const count = Math.min(
          this.#appendEntriesMax,
          APPENDS_IN_FLIGHT_MAX * this.#appendEntriesMax - inFlight,
          log.lastIndex + 1 - this.#nextIndex,
        );
        const isNews = this.#toldCommitIndex < log.commitIndex || this.#isHeartbeatDue;
        if (count <= 0 && !isNews) return undefined;
        const append = this.#append(log, stamp, this.#nextIndex - 1, count);
        this.#nextIndex += append.entries.length;
        return append;
      }
      case "snapshot": {
        if (!this.#isHeartbeatDue) return undefined;
        const { index, sentInRound } = this.#snapshot;
        if (index < log.baseIndex || stamp.round - sentInRound >= SNAPSHOT_RESEND_ROUNDS) {
          return this.#sendSnapshot(log, stamp);
        }
        // Accepted as soon as the snapshot is there.
        return this.#append(log, stamp, index, 0);
      }
    }
  }

  #append(log: RaftLog, stamp: LeaderStamp, previousIndex: number, entriesMax: number) {
    const previousTerm = log.termAt(previousIndex);
    assert(previousTerm !== undefined, `entry ${previousIndex} is not in the log`);
    this.#toldCommitIndex = log.commitIndex;
    return {
      kind: "append",
      ...stamp,
      previousIndex,
      previousTerm,
      entries: log.slice(previousIndex + 1, Math.max(entriesMax, 0)),
      commitIndex: log.commitIndex,
    } satisfies FromLeader;
  }

  #sendSnapshot(log: RaftLog, stamp: LeaderStamp): FromLeader {
    const { snapshot } = log;
    assert(snapshot !== undefined, "entries are missing, and no snapshot of them is there");
    this.#state = "snapshot";
    this.#snapshot = { index: snapshot.index, sentInRound: stamp.round };
    this.#nextIndex = snapshot.index + 1;
    return { kind: "install-snapshot", ...stamp, snapshot };
  }
}
