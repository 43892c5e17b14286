import assert from "node:assert/strict";
import type { NodeId } from "../facts.ts";
import type { LogEntry, Snapshot } from "./messages.ts";
import type { DiskWrite, StoredState } from "./stored-state.ts";
import { VoterSets } from "./voter-sets.ts";

/** Where an entry is and who wrote it: equal positions hold equal entries, in all logs. */
export interface LogPosition {
  readonly index: number;
  readonly term: number;
}

const BEGINNING: LogPosition = { index: 0, term: 0 };

/**
 * The log in memory, and how far each use of it has come:
 *
 *     base ≤ handed out ≤ committed ≤ last
 *     durable ≤ written ≤ last
 *
 * `base` is the last entry that is not kept. Written: given to the disk. Durable: the disk said so. Entries up to the
 * snapshot are on disk as the snapshot only; the younger of them stay in memory, for followers that are a little behind.
 *
 * Cost: a look-up is O(1), a copy O(its length). Owner: its Raft. Source: etcd-io/raft log.go and log_unstable.go.
 */
export class RaftLog {
  #base = BEGINNING;
  #entries: LogEntry[] = [];
  #snapshot: Snapshot | undefined;
  #voterSets: VoterSets;
  #commitIndex = 0;
  #handedOutIndex = 0;
  /** Installed, and not yet given to the state machine. */
  #restored: Snapshot | undefined;

  #durableIndex = 0;
  #writtenIndex = 0;
  /** What is being written ends here. `undefined`: nothing is, or it was cut off meanwhile. */
  #writing: LogPosition | undefined;
  #truncateFrom: number | undefined;
  #isSnapshotUnwritten = false;

  /** From what was on disk. Throws AssertionError when that is no log. */
  constructor({ snapshot, entries }: Pick<StoredState, "snapshot" | "entries">) {
    this.#snapshot = snapshot;
    if (snapshot !== undefined) this.#base = { index: snapshot.index, term: snapshot.term };
    this.#voterSets = new VoterSets(this.#base.index, snapshot?.voters ?? []);
    this.#commitIndex = this.#base.index;
    this.#handedOutIndex = this.#base.index;
    this.append(entries.filter((entry) => entry.index > this.#base.index));
    this.#durableIndex = this.lastIndex;
    this.#writtenIndex = this.lastIndex;
  }

  get baseIndex(): number {
    return this.#base.index;
  }

  get last(): LogPosition {
    return this.#entries.at(-1) ?? this.#base;
  }

  get lastIndex(): number {
    return this.last.index;
  }

  get commitIndex(): number {
    return this.#commitIndex;
  }

  get handedOutIndex(): number {
    return this.#handedOutIndex;
  }

  get durableIndex(): number {
    return this.#durableIndex;
  }

  /** The newest one: it reaches at least to the base. */
  get snapshot(): Snapshot | undefined {
    return this.#snapshot;
  }

  /** Those in force, though their entry may not be committed. */
  get voters(): readonly NodeId[] {
    return this.#voterSets.newest.voters;
  }

  /**
   * Those whose set is committed for certain: a change is proposed only after the one before it was. Not what was in
   * force at the commit index, which says too little after a restart.
   */
  get settledVoters(): readonly NodeId[] {
    if (!this.isVotersChangePending) return this.voters;
    return this.#voterSets.at(this.#voterSets.newest.index - 1);
  }

  /** As far as this log knows. */
  get isVotersChangePending(): boolean {
    return this.#voterSets.newest.index > this.#commitIndex;
  }

  /** `undefined`: not here, or no longer. */
  termAt(index: number): number | undefined {
    if (index === this.#base.index) return this.#base.term;
    return this.#entries[index - this.#base.index - 1]?.term;
  }

  has({ index, term }: LogPosition): boolean {
    return this.termAt(index) === term;
  }

  /** A log that ends at `other` has at least all that may be committed here. Source: thesis, section 3.6.1. */
  isCoveredBy(other: LogPosition): boolean {
    const { last } = this;
    return other.term > last.term || (other.term === last.term && other.index >= last.index);
  }

  /** From `first` on, at most so many; empty when there are none. `first` must be behind the base. */
  slice(first: number, countMax = Infinity): LogEntry[] {
    const start = first - this.#base.index - 1;
    assert(start >= 0, `entry ${first} is no longer kept`);
    return this.#entries.slice(start, start + countMax);
  }

  append(entries: readonly LogEntry[]): void {
    for (const entry of entries) {
      const { index, term } = this.last;
      assert(entry.index === index + 1, `entry ${entry.index} behind entry ${index}`);
      assert(entry.term >= term, `entry ${entry.index} is of an older term than the one before`);
      this.#entries.push(entry);
      if (entry.command.kind === "voters") this.#voterSets.add(entry.index, entry.command.voters);
    }
  }

  /**
   * What a leader sent, behind an entry that both have. What is here already stays, even when more follows it: the
   * message may be an old one. Only a conflict cuts. Source: thesis, figure 3.1, AppendEntries steps 3 and 4.
   */
  merge(entries: readonly LogEntry[]): void {
    const firstNew = entries.findIndex((entry) => !this.has(entry));
    if (firstNew < 0) return;
    const fresh = entries.slice(firstNew);
    this.#cutFrom(fresh[0]?.index ?? Infinity);
    this.append(fresh);
  }

  #cutFrom(index: number): void {
    assert(index > this.#commitIndex, `entry ${index} is committed and conflicts with the leader`);
    if (index > this.lastIndex) return;
    this.#entries.length = index - this.#base.index - 1;
    this.#voterSets.cutFrom(index);
    this.#durableIndex = Math.min(this.#durableIndex, index - 1);
    // What is under way to the disk counts only with the write that repairs it.
    if (this.#writing !== undefined && this.#writing.index >= index) this.#writing = undefined;
    if (this.#writtenIndex < index) return;
    this.#writtenIndex = index - 1;
    this.#truncateFrom = Math.min(this.#truncateFrom ?? Infinity, index);
  }

  /**
   * Where a leader should try next whose entry at `index` is not ours: before all of our entries of the term that is
   * in conflict there, but not before what is committed, for that is in every log. Source: thesis, section 3.5, end.
   */
  backOffFrom(index: number): number {
    if (index > this.lastIndex) return this.lastIndex;
    const term = this.termAt(index);
    let candidate = index - 1;
    while (candidate > this.#commitIndex && this.termAt(candidate) === term) candidate -= 1;
    return candidate;
  }

  commitTo(index: number): void {
    assert(index <= this.lastIndex, `entry ${index} is committed and not here`);
    this.#commitIndex = Math.max(this.#commitIndex, index);
  }

  /** Forgets all and goes on behind a leader's snapshot, which reaches beyond what is committed here. */
  restore(snapshot: Snapshot): void {
    assert(snapshot.index > this.#commitIndex, "a snapshot of the past");
    this.#base = { index: snapshot.index, term: snapshot.term };
    this.#entries = [];
    this.#snapshot = snapshot;
    this.#voterSets = new VoterSets(snapshot.index, snapshot.voters);
    this.#commitIndex = snapshot.index;
    this.#handedOutIndex = snapshot.index;
    this.#restored = snapshot;
    this.#isSnapshotUnwritten = true;
    this.#writtenIndex = snapshot.index;
    this.#durableIndex = 0;
    this.#writing = undefined;
    this.#truncateFrom = undefined;
  }

  /** `snapshot` is what came of the entries up to its index, which were handed out. So many entries stay in memory. */
  compact(snapshot: Snapshot, entriesKept: number): void {
    const { index, term, voters } = snapshot;
    assert(index <= this.#handedOutIndex, "a snapshot of what was not handed out");
    assert(this.has({ index, term }), "a snapshot of another log");
    assert.deepEqual(voters, this.#voterSets.at(index), "a snapshot with other voters");
    this.#snapshot = snapshot;
    this.#isSnapshotUnwritten = true;
    const baseIndex = Math.max(this.#base.index, Math.min(index, this.lastIndex - entriesKept));
    const baseTerm = this.termAt(baseIndex);
    assert(baseTerm !== undefined, "the base is in the log");
    this.#entries.splice(0, baseIndex - this.#base.index);
    this.#base = { index: baseIndex, term: baseTerm };
    this.#voterSets.forgetBefore(baseIndex);
  }

  /** What the disk lacks. Its owner calls `written` when it is durable, before it takes the next one. */
  takeWrite(): DiskWrite | undefined {
    const snapshot = this.#isSnapshotUnwritten ? this.#snapshot : undefined;
    const truncateFrom = snapshot === undefined ? this.#truncateFrom : undefined;
    const from = (snapshot?.index ?? this.#writtenIndex) + 1;
    if (snapshot === undefined && truncateFrom === undefined && from > this.lastIndex) {
      return undefined;
    }
    const entries = this.slice(from);
    this.#isSnapshotUnwritten = false;
    this.#truncateFrom = undefined;
    this.#writtenIndex = this.lastIndex;
    this.#writing = this.last;
    return {
      ...(snapshot === undefined ? {} : { snapshot }),
      ...(truncateFrom === undefined ? {} : { truncateFrom }),
      entries,
    };
  }

  written(): void {
    if (this.#writing !== undefined) this.#durableIndex = this.#writing.index;
    this.#writing = undefined;
  }

  takeRestored(): Snapshot | undefined {
    const restored = this.#restored;
    this.#restored = undefined;
    return restored;
  }

  takeCommitted(): LogEntry[] {
    if (this.#handedOutIndex === this.#commitIndex) return [];
    const committed = this.slice(
      this.#handedOutIndex + 1,
      this.#commitIndex - this.#handedOutIndex,
    );
    this.#handedOutIndex = this.#commitIndex;
    return committed;
  }
}
