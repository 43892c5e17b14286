import { own, type Bytes } from "@slotcast/protocol";
import { compareStreamIds, type StreamId } from "./stream-id.ts";

/** How much a stream remembers for each producer. `XCFGSET` sets it. */
export interface IdempotenceLimits {
  /** How long a message's id is remembered, counted from the time part of its stream id. */
  readonly durationS: number;
  /** Messages per producer; the oldest is forgotten for one more. */
  readonly sizeMax: number;
}

/** Redis' defaults: `stream-idmp-duration` and `stream-idmp-maxsize`. */
export const IDEMPOTENCE_DEFAULTS: IdempotenceLimits = { durationS: 100, sizeMax: 100 };

/** What XINFO STREAM tells: the fields from `idmp-duration` to `iids-duplicates`. */
export interface IdempotenceStats extends IdempotenceLimits {
  readonly pidsTracked: number;
  readonly iidsTracked: number;
  /** Ever recorded; what was forgotten is counted. */
  readonly iidsAdded: number;
  /** Ever refused. */
  readonly iidsDuplicates: number;
}

/** The messages of one producer as they were recorded, each with the id that its entry got; never empty. */
type Window = Map<Bytes, StreamId>;

/** All that is remembered, as it stands: what is past may still be there. */
export interface IdempotenceParts {
  readonly limits: IdempotenceLimits;
  /** By producer, the one with the newest message last. */
  readonly windows: ReadonlyMap<Bytes, ReadonlyMap<Bytes, StreamId>>;
  readonly added: number;
  readonly duplicates: number;
}

/**
 * Which messages of which producer a stream has already: `XADD … IDMP producer message`.
 *
 * Producers are kept in the order of their newest message. A message is forgotten when its time has passed or
 * its producer sent `sizeMax` newer ones, at the next call that meets it: nothing here needs a timer.
 *
 * Cost: O(1) amortised; `stats` is O(producers). Memory: the names and some 150 bytes for each message.
 * Owner: its Stream. Source: Redis 8.6, XADD and XCFGSET (documentation).
 */
export class Idempotence {
  #limits: IdempotenceLimits;
  readonly #windows = new Map<Bytes, Window>();
  #added = 0;
  #duplicates = 0;

  constructor(limits: IdempotenceLimits) {
    this.#limits = limits;
  }

  /** The bytes must be owned. */
  static from({ limits, windows, added, duplicates }: IdempotenceParts): Idempotence {
    const made = new Idempotence(limits);
    for (const [producer, window] of windows) made.#windows.set(producer, new Map(window));
    made.#added = added;
    made.#duplicates = duplicates;
    return made;
  }

  get parts(): IdempotenceParts {
    return {
      limits: this.#limits,
      windows: this.#windows,
      added: this.#added,
      duplicates: this.#duplicates,
    };
  }

  /**
   * The id that the message got when it came first, also if that entry was deleted since, and counts a
   * duplicate; `undefined`: it is new, or too old to be remembered.
   */
  originalOf(producer: Bytes, message: Bytes, nowMs: number): StreamId | undefined {
    const id = this.find(producer, message, nowMs);
    if (id !== undefined) this.#duplicates += 1;
    return id;
  }

  /** As `originalOf`, without counting. */
  find(producer: Bytes, message: Bytes, nowMs: number): StreamId | undefined {
    const id = this.#windows.get(producer)?.get(message);
    return id === undefined || this.#isPast(id, nowMs) ? undefined : id;
  }

  /** The message must be new: see `find`. Both names are copied. One that is too old is not kept. */
  record(producer: Bytes, message: Bytes, id: StreamId, nowMs: number): void {
    const known = this.#windows.get(producer);
    const window: Window = known ?? new Map<Bytes, StreamId>();
    // To the end, where the producers with the newest messages are.
    this.#windows.delete(producer);
    this.#windows.set(own(producer), window);
    // A past one may still hold its old place.
    window.delete(message);
    window.set(own(message), id);
    this.#added += 1;
    this.#forgetPast(window, nowMs);
    while (window.size > this.#limits.sizeMax) forgetOldest(window);
    if (window.size === 0) this.#windows.delete(producer);
    this.#forgetSilent(nowMs);
  }

  /** The stream's last id went back to this one: those above it will be given to other messages. O(messages). */
  forgetAbove(lastId: StreamId): void {
    for (const [producer, window] of this.#windows) {
      for (const [message, id] of window) {
        if (compareStreamIds(id, lastId) > 0) window.delete(message);
      }
      if (window.size === 0) this.#windows.delete(producer);
    }
  }

  get limits(): IdempotenceLimits {
    return this.#limits;
  }

  /**
   * Other limits than before forget every message: what was kept by the old ones is no window of the new.
   * False when they are the same.
   */
  configure({ durationS, sizeMax }: IdempotenceLimits): boolean {
    if (durationS === this.#limits.durationS && sizeMax === this.#limits.sizeMax) return false;
    this.#limits = { durationS, sizeMax };
    this.#windows.clear();
    return true;
  }

  stats(nowMs: number): IdempotenceStats {
    let iidsTracked = 0;
    for (const [producer, window] of this.#windows) {
      this.#forgetPast(window, nowMs);
      if (window.size === 0) this.#windows.delete(producer);
      iidsTracked += window.size;
    }
    return {
      ...this.#limits,
      pidsTracked: this.#windows.size,
      iidsTracked,
      iidsAdded: this.#added,
      iidsDuplicates: this.#duplicates,
    };
  }

  #isPast(id: StreamId, nowMs: number): boolean {
    return nowMs - Number(id.ms) >= this.#limits.durationS * 1000;
  }

  /** Ids rise, so the past ones are in front; one that XIDMPRECORD brought late goes with those before it. */
  #forgetPast(window: Window, nowMs: number): void {
    for (const [message, id] of window) {
      if (!this.#isPast(id, nowMs)) return;
      window.delete(message);
    }
  }

  /** Producers whose newest message is past. The longest silent one is first: it stops at one who is not. */
  #forgetSilent(nowMs: number): void {
    for (const [producer, window] of this.#windows) {
      this.#forgetPast(window, nowMs);
      if (window.size > 0) return;
      this.#windows.delete(producer);
    }
  }
}

function forgetOldest(window: Window): void {
  for (const message of window.keys()) {
    window.delete(message);
    return;
  }
}
