import { afterWrite, type DiskWrite, type Facts, type StoredState } from "@slotcast/control";
import type { SeededRandom } from "./seeded-random.ts";
import { lastWriteIn, tornLog } from "./torn-record.ts";
import type { VirtualClock } from "./virtual-clock.ts";

/** What a process finds when it starts. */
export interface DiskContents {
  readonly stored: StoredState | undefined;
  readonly savedFacts: Facts | undefined;
  /** Its own: higher than of all processes before. */
  readonly incarnation: number;
}

const BLANK: StoredState = { hardState: { term: 0, votedFor: undefined }, entries: [] };

/** The facts are saved without haste. */
const SAVE_FACTS_MS_MAX = 50;

/**
 * A node's disk. A write is durable when fsync returns. What a crash finds under way is there in part: a prefix of it,
 * which is what Raft must be able to bear (DiskWrite); or it was one record, as in production, and is there or torn.
 */
export class SimulatedDisk {
  /** How long fsync takes. */
  writeMs: { readonly low: number; readonly high: number };
  readonly #clock: VirtualClock;
  readonly #random: SeededRandom;
  #stored: StoredState | undefined;
  #savedFacts: Facts | undefined;
  #incarnation: number;
  /** What a crash left of the last write, not read back yet: a prefix of it, or a file. */
  #tail: readonly DiskWrite[] | Buffer = [];
  #writing: DiskWrite | undefined;
  /** Counts crashes: what was under way then does not end. */
  #crashes = 0;

  constructor(options: {
    readonly clock: VirtualClock;
    readonly random: SeededRandom;
    readonly writeMs: { readonly low: number; readonly high: number };
    readonly contents: DiskContents;
  }) {
    this.#clock = options.clock;
    this.#random = options.random;
    this.writeMs = options.writeMs;
    this.#stored = options.contents.stored;
    this.#savedFacts = options.contents.savedFacts;
    this.#incarnation = options.contents.incarnation;
  }

  /** What a crash in this moment would leave at least. */
  get durable(): StoredState {
    return this.#stored ?? BLANK;
  }

  /** A process starts. The incarnation is durable before it does anything. */
  start(): DiskContents {
    this.#incarnation += 1;
    this.#recover();
    return {
      stored: this.#stored,
      savedFacts: this.#savedFacts,
      incarnation: this.#incarnation,
    };
  }

  #recover(): void {
    const tail = this.#tail;
    this.#tail = [];
    const found = Buffer.isBuffer(tail) ? [lastWriteIn(tail)] : tail;
    for (const write of found) {
      if (write !== undefined) this.#stored = afterWrite(this.durable, write);
    }
  }

  /** `done` when it is durable. One at a time. */
  write(write: DiskWrite, done: () => void): void {
    const crashes = this.#crashes;
    this.#writing = write;
    const { low, high } = this.writeMs;
    this.#clock.after(this.#random.betweenByScale(low, high), () => {
      if (this.#crashes !== crashes) return;
      this.#writing = undefined;
      this.#stored = afterWrite(this.durable, write);
      done();
    });
  }

  saveFacts(facts: Facts): void {
    const crashes = this.#crashes;
    this.#clock.after(this.#random.between(0, SAVE_FACTS_MS_MAX), () => {
      const isNewer = facts.version > (this.#savedFacts?.version ?? 0);
      if (this.#crashes === crashes && isNewer) this.#savedFacts = facts;
    });
  }

  crash(): void {
    this.#crashes += 1;
    const write = this.#writing;
    this.#writing = undefined;
    if (write === undefined) return;
    const parts = partsOf(write);
    // A snapshot is a file of its own, renamed when it is whole.
    const isOneRecord = write.snapshot === undefined && this.#random.chance(0.5);
    this.#tail = isOneRecord
      ? tornLog(write, this.#random)
      : parts.slice(0, this.#random.below(parts.length + 1));
  }
}

/** In the order in which they reach the disk. */
function partsOf(write: DiskWrite): DiskWrite[] {
  if (write.snapshot !== undefined) return [write];
  const parts: DiskWrite[] = [];
  if (write.hardState !== undefined) parts.push({ hardState: write.hardState, entries: [] });
  if (write.truncateFrom !== undefined) {
    parts.push({ truncateFrom: write.truncateFrom, entries: [] });
  }
  for (const entry of write.entries) parts.push({ entries: [entry] });
  return parts;
}
