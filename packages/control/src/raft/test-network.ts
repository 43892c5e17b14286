import assert from "node:assert/strict";
import { NO_FACTS, type NodeId } from "../facts.ts";
import type { LogEntry, RaftMessage, Snapshot } from "./messages.ts";
import type { LogPosition } from "./raft-log.ts";
import { Raft } from "./raft.ts";
import {
  afterWrite,
  NOTHING_STORED,
  type DiskWrite,
  type Ready,
  type StoredState,
} from "./stored-state.ts";
import { RaftChecks, type WatchedNode } from "./test-checks.ts";

/** For tests: Rafts under a virtual clock, with a network and disks that do what a seed says. */

/** Mulberry32. */
export function seededRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** What goes wrong, all the time. */
export interface Weather {
  readonly lossRate: number;
  readonly duplicateRate: number;
  readonly delayMsMax: number;
  /** Messages that take up to STRAGGLE_MS instead: they arrive when the world has changed. */
  readonly stragglerRate: number;
  readonly writeMsMax: number;
  /** Processes that end when a write just became durable, and what rested on it just left. */
  readonly crashAfterWriteRate: number;
}

export const CALM: Weather = {
  lossRate: 0,
  duplicateRate: 0,
  delayMsMax: 3,
  stragglerRate: 0,
  writeMsMax: 3,
  crashAfterWriteRate: 0,
};

/** What came of the committed entries: enough to tell two histories apart. */
interface Machine {
  readonly index: number;
  readonly term: number;
  readonly voters: readonly NodeId[];
  readonly digest: number;
}

/** One life of a node's process. */
interface Process extends WatchedNode {
  machine: Machine;
  /** Given to the disk, and not durable yet. */
  writing: DiskWrite | undefined;
  /** Until then it neither ticks nor reads: what arrives waits. */
  pausedUntilMs: number;
}

interface Machinery {
  readonly disk: StoredState;
  readonly lives: number;
  readonly raftProcess: Process | undefined;
}

const TICK_MS = 20;
const STRAGGLE_MS = 1500;

export class TestNetwork {
  readonly checks: RaftChecks;
  readonly ids: readonly NodeId[];
  readonly random: () => number;
  weather = CALM;
  nowMs = 0;
  /** How often something rare happened: a run that never saw it proves nothing about it. */
  readonly seen = { snapshotsInstalled: 0, cuts: 0, tornWrites: 0, lostWrites: 0 };
  readonly #nodes = new Map<NodeId, Machinery>();
  readonly #due = new Map<number, (() => void)[]>();
  /** "from>to" */
  readonly #cutLinks = new Set<string>();
  readonly #digests = new Map<number, number>();
  readonly #limits: { readonly logEntriesMax: number; readonly appendEntriesMax: number };

  constructor(options: {
    voters: readonly NodeId[];
    bystanders: readonly NodeId[];
    random: () => number;
    logEntriesMax: number;
    appendEntriesMax: number;
  }) {
    const { voters } = options;
    this.random = options.random;
    this.#limits = options;
    this.checks = new RaftChecks(voters);
    this.ids = [...voters, ...options.bystanders];
    const snapshot: Snapshot = { index: 0, term: 0, voters, facts: NO_FACTS };
    for (const id of this.ids) {
      const disk = voters.includes(id) ? { ...NOTHING_STORED, snapshot } : NOTHING_STORED;
      this.#nodes.set(id, { disk, lives: 0, raftProcess: undefined });
      this.start(id);
    }
  }

  // Nodes

  /** The Raft of a node, while its process lives. */
  raftOf(id: NodeId): Raft | undefined {
    return this.#machinery(id).raftProcess?.raft;
  }

  get alive(): NodeId[] {
    return this.ids.filter((id) => this.raftOf(id) !== undefined);
  }

  /** Those that take themselves for the leader; of different terms. */
  get leaderIds(): NodeId[] {
    return this.ids.filter((id) => this.raftOf(id)?.role === "leader");
  }

  machineOf(id: NodeId): Machine | undefined {
    return this.#machinery(id).raftProcess?.machine;
  }

  start(id: NodeId): void {
    const { disk, lives, raftProcess } = this.#machinery(id);
    if (raftProcess !== undefined) return;
    const raft = new Raft({
      selfId: id,
      random: this.random,
      nowMs: this.nowMs,
      restored: disk,
      logEntriesMax: this.#limits.logEntriesMax,
      appendEntriesMax: this.#limits.appendEntriesMax,
    });
    const started: Process = {
      id,
      life: lives + 1,
      raft,
      machine: machineFrom(disk.snapshot),
      writing: undefined,
      pausedUntilMs: 0,
      seenTerm: raft.term,
      seenCommitIndex: raft.commitIndex,
      ledTerm: 0,
    };
    this.#nodes.set(id, { disk, lives: lives + 1, raftProcess: started });
    this.checks.started(started);
    this.#tickForEver(started, this.#upTo(TICK_MS));
  }

  /** And starts again. Of a write that was under way, the disk has all, some or nothing. */
  crash(id: NodeId, forMs: number): void {
    const { disk, lives, raftProcess } = this.#machinery(id);
    if (raftProcess === undefined) return;
    const torn =
      raftProcess.writing === undefined ? disk : this.#tornWrite(disk, raftProcess.writing);
    this.#nodes.set(id, { disk: torn, lives, raftProcess: undefined });
    this.at(this.nowMs + 1 + forMs, () => this.start(id));
  }

  #tornWrite(disk: StoredState, write: DiskWrite): StoredState {
    if (write.snapshot !== undefined) {
      return this.random() < 0.5 ? disk : afterWrite(disk, write);
    }
    const records: DiskWrite[] = [];
    if (write.hardState !== undefined) records.push({ hardState: write.hardState, entries: [] });
    if (write.truncateFrom !== undefined) {
      records.push({ truncateFrom: write.truncateFrom, entries: [] });
    }
    for (const entry of write.entries) records.push({ entries: [entry] });
    const kept = records.slice(0, Math.floor(this.random() * (records.length + 1)));
    this.seen[kept.length === 0 ? "lostWrites" : "tornWrites"] += 1;
    return kept.reduce(afterWrite, disk);
  }

  pause(id: NodeId, forMs: number): void {
    const { raftProcess } = this.#machinery(id);
    if (raftProcess !== undefined) raftProcess.pausedUntilMs = this.nowMs + forMs;
  }

  /** That node learns that the process of `gone` is dead, or believes so. */
  tellGone(id: NodeId, gone: NodeId): void {
    this.#step(id, (raftProcess) => raftProcess.raft.peerGone(gone, this.nowMs));
  }

  propose(id: NodeId, command: LogEntry["command"]): LogPosition | undefined {
    let position: LogPosition | undefined;
    this.#step(id, (raftProcess) => {
      position = raftProcess.raft.propose(command, this.nowMs);
    });
    return position;
  }

  // Links

  cutLink(from: NodeId, to: NodeId): void {
    this.#cutLinks.add(`${from}>${to}`);
  }

  healLinks(): void {
    this.#cutLinks.clear();
  }

  #send(from: NodeId, to: NodeId, message: RaftMessage): void {
    this.checks.sends(from, to, message);
    const copies = this.random() < this.weather.duplicateRate ? 2 : 1;
    for (let copy = 0; copy < copies; copy += 1) {
      if (this.random() < this.weather.lossRate) continue;
      // Each copy takes its own time, so messages overtake one another.
      const isStraggler = this.random() < this.weather.stragglerRate;
      const delayMs = this.#upTo(isStraggler ? STRAGGLE_MS : this.weather.delayMsMax);
      this.at(this.nowMs + 1 + delayMs, () => {
        if (!this.#cutLinks.has(`${from}>${to}`)) this.#deliver(from, to, message);
      });
    }
  }

  #deliver(from: NodeId, to: NodeId, message: RaftMessage): void {
    const pausedUntilMs = this.#nodes.get(to)?.raftProcess?.pausedUntilMs ?? 0;
    if (pausedUntilMs > this.nowMs) {
      this.at(pausedUntilMs, () => this.#deliver(from, to, message));
      return;
    }
    this.#step(to, ({ raft }) => {
      const { snapshot } = message.kind === "install-snapshot" ? message : {};
      const isNews = snapshot !== undefined && snapshot.index > raft.lastIndex;
      raft.receive(from, message, this.nowMs);
      if (isNews && snapshot.index === raft.commitIndex) this.seen.snapshotsInstalled += 1;
    });
  }

  // Time

  at(dueMs: number, run: () => void): void {
    const others = this.#due.get(dueMs);
    if (others === undefined) this.#due.set(dueMs, [run]);
    else others.push(run);
  }

  /** Returns at once when the condition is true. */
  runUntil(endMs: number, isDone: () => boolean = () => false): void {
    while (this.nowMs < endMs && !isDone()) {
      this.nowMs += 1;
      for (const run of this.#due.get(this.nowMs) ?? []) run();
      this.#due.delete(this.nowMs);
    }
  }

  #upTo(ms: number): number {
    return Math.floor(this.random() * (ms + 1));
  }

  #tickForEver(raftProcess: Process, inMs: number): void {
    this.at(this.nowMs + 1 + inMs, () => {
      if (this.#machinery(raftProcess.id).raftProcess !== raftProcess) return;
      if (raftProcess.pausedUntilMs <= this.nowMs) {
        this.#step(raftProcess.id, ({ raft }) => raft.tick(this.nowMs));
      }
      this.#tickForEver(raftProcess, TICK_MS - 1);
    });
  }

  // What surrounds a Raft in production: write, then send, then apply

  #machinery(id: NodeId): Machinery {
    const machinery = this.#nodes.get(id);
    assert(machinery !== undefined, `no node ${id}`);
    return machinery;
  }

  #step(id: NodeId, act: (raftProcess: Process) => void): void {
    const { raftProcess } = this.#machinery(id);
    if (raftProcess === undefined) return;
    act(raftProcess);
    this.checks.stepped(raftProcess);
    this.#drain(raftProcess);
  }

  #drain(raftProcess: Process): void {
    const { raft } = raftProcess;
    for (let ready = raft.takeReady(); ready !== undefined; ready = raft.takeReady()) {
      this.checks.takes(raftProcess, ready);
      const { persist } = ready;
      if (persist === undefined) this.#finish(raftProcess, ready);
      else this.#write(raftProcess, ready, persist);
    }
  }

  #write(raftProcess: Process, ready: Ready, write: DiskWrite): void {
    raftProcess.writing = write;
    if (write.truncateFrom !== undefined) this.seen.cuts += 1;
    this.at(this.nowMs + 1 + this.#upTo(this.weather.writeMsMax), () => {
      const { disk, lives, raftProcess: present } = this.#machinery(raftProcess.id);
      if (present !== raftProcess) return;
      raftProcess.writing = undefined;
      this.#nodes.set(raftProcess.id, { disk: afterWrite(disk, write), lives, raftProcess });
      raftProcess.raft.persisted(ready);
      this.checks.stepped(raftProcess);
      this.#finish(raftProcess, ready);
      if (this.random() < this.weather.crashAfterWriteRate)
        this.crash(raftProcess.id, this.#upTo(50));
      else this.#drain(raftProcess);
    });
  }

  #finish(raftProcess: Process, ready: Ready): void {
    for (const { to, message } of ready.messages) this.#send(raftProcess.id, to, message);
    if (ready.restored !== undefined) {
      raftProcess.machine = machineFrom(ready.restored);
      this.#compareDigest(raftProcess);
    }
    for (const entry of ready.committed) {
      raftProcess.machine = applied(raftProcess.machine, entry);
      this.#compareDigest(raftProcess);
    }
    if (!raftProcess.raft.wantsSnapshot || this.random() < 0.5) return;
    const { index, term, voters, digest } = raftProcess.machine;
    const facts = { ...NO_FACTS, version: index, currentEpoch: digest };
    raftProcess.raft.compact({ index, term, voters, facts });
  }

  /** State machine safety: what is applied at an index is the same everywhere. */
  #compareDigest({ id, machine: { index, digest } }: Process): void {
    const others = this.#digests.get(index) ?? digest;
    assert(others === digest, `${id} applies another history up to entry ${index}`);
    this.#digests.set(index, digest);
  }
}

function machineFrom(snapshot: Snapshot | undefined): Machine {
  if (snapshot === undefined) return { index: 0, term: 0, voters: [], digest: 0 };
  const { index, term, voters, facts } = snapshot;
  return { index, term, voters, digest: facts.currentEpoch };
}

function applied(machine: Machine, { index, term, command }: LogEntry): Machine {
  assert(index === machine.index + 1, `entry ${index} is applied after entry ${machine.index}`);
  // The checks see to it that an index and a term name one command.
  const digest = (Math.imul(machine.digest, 31) + index * 7 + term) >>> 0;
  const voters = command.kind === "voters" ? command.voters : machine.voters;
  return { index, term, voters, digest };
}
