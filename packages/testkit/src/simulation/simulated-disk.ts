import { afterWrite, type DiskWrite, type Facts, type StoredState } from "@slotcast/control";
import type { SeededRandom } from "./seeded-random.ts";
import type { VirtualClock } from "./virtual-clock.ts";

/** What a process finds when it starts. */
export interface DiskContents {
  readonly stored: StoredState | undefined;
  readonly savedFacts: Facts | undefined;
  /** Its own: higher than of all processes before. */
  readonly incarnation: number;
}

interface DiskRecord {
  readonly write: DiskWrite;
  /** Its checksum fits. */
  readonly isSound: boolean;
}

const BLANK: StoredState = { hardState: { term: 0, votedFor: undefined }, entries: [] };

/** The facts are saved without haste. */
const SAVE_FACTS_MS_MAX = 50;

/**
 * A node's disk. A write is durable when fsync returns; what a crash finds under way is there in part: whole records,
 * in their order, and maybe half of the next, whose checksum does not fit.
 */
export class SimulatedDisk {
  /** How long fsync takes. */
  writeMs: { readonly low: number; readonly high: number };
  readonly #clock: VirtualClock;
  readonly #random: SeededRandom;
  #stored: StoredState | undefined;
  #savedFacts: Facts | undefined;
  #incarnation: number;
  /** Written before a crash, and not read back yet. */
  #tail: readonly DiskRecord[] = [];
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

  /** The first record whose checksum does not fit, and all behind it, were never written. */
  #recover(): void {
    for (const { write, isSound } of this.#tail) {
      if (!isSound) break;
      this.#stored = afterWrite(this.durable, write);
    }
    this.#tail = [];
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
    const records = recordsOf(write);
    const whole = this.#random.below(records.length + 1);
    const tail = records.slice(0, whole).map((record) => ({ write: record, isSound: true }));
    const next = records[whole];
    // A snapshot is a file of its own, renamed when it is whole.
    const isTorn = next !== undefined && next.snapshot === undefined && this.#random.chance(0.5);
    this.#tail = isTorn ? [...tail, { write: halfOf(next), isSound: false }] : tail;
  }
}

/** In the order in which they reach the disk. */
function recordsOf(write: DiskWrite): DiskWrite[] {
  if (write.snapshot !== undefined) return [write];
  const records: DiskWrite[] = [];
  if (write.hardState !== undefined) records.push({ hardState: write.hardState, entries: [] });
  if (write.truncateFrom !== undefined) {
    records.push({ truncateFrom: write.truncateFrom, entries: [] });
  }
  for (const entry of write.entries) records.push({ entries: [entry] });
  return records;
}

/** What reads as a record when nobody looks at its checksum. */
function halfOf({ hardState, truncateFrom, entries }: DiskWrite): DiskWrite {
  return {
    ...(hardState && { hardState: { ...hardState, votedFor: undefined } }),
    ...(truncateFrom !== undefined && { truncateFrom: truncateFrom + 1 }),
    entries: entries.map(({ index, term }) => ({ index, term, command: { kind: "noop" } })),
  };
}
