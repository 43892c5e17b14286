import { SEQUENCE_GAPS_MAX } from "./limits.ts";

/** What went wrong between publishers and subscribers, in messages. */
export interface DeliveryFaults {
  /** Published and not delivered when the phase ended. */
  lost: number;
  /** Delivered to the same subscriber before. */
  duplicated: number;
  /** Delivered after a later message of the same publisher and channel. */
  outOfOrder: number;
  /** Delivered to a subscriber that had not asked for the channel. */
  unasked: number;
}

/** Sequence numbers `from` up to, not including, `until` of one stream that were skipped. */
interface Gap {
  readonly stream: number;
  from: number;
  until: number;
}

/** Never a sequence number that a publisher reaches, so that every message of such a stream is looked at. */
const NOT_SUBSCRIBED = 2 ** 32 - 1;

/**
 * Follows the sequence numbers that one subscriber receives in one phase. The usual message (the next of its stream)
 * costs one comparison and one write.
 */
export class DeliveryChecker {
  readonly #streams: readonly number[];
  /** By stream: the sequence number that comes next. */
  readonly #next: Uint32Array;
  readonly #gaps: Gap[] = [];
  #lostForGood = 0;
  #duplicated = 0;
  #outOfOrder = 0;
  #unasked = 0;

  /** `streams`: the ones this subscriber is to receive, out of 0 … `streamCount` - 1. */
  constructor(options: { readonly streamCount: number; readonly streams: readonly number[] }) {
    this.#streams = options.streams;
    this.#next = new Uint32Array(options.streamCount).fill(NOT_SUBSCRIBED);
    this.restart();
  }

  /** Forgets everything, for the next phase. */
  restart(): void {
    for (const stream of this.#streams) this.#next[stream] = 0;
    this.#gaps.length = 0;
    this.#lostForGood = 0;
    this.#duplicated = 0;
    this.#outOfOrder = 0;
    this.#unasked = 0;
  }

  receive(message: { readonly stream: number; readonly sequence: number }): void {
    const { stream, sequence } = message;
    if (this.#next[stream] === sequence) {
      this.#next[stream] = sequence + 1;
    } else {
      this.#receiveUnexpected(stream, sequence);
    }
  }

  /** `published`: messages sent in this phase, by stream. */
  faults(published: Uint32Array): DeliveryFaults {
    let lost = this.#lostForGood;
    for (const gap of this.#gaps) lost += gap.until - gap.from;
    for (const stream of this.#streams) {
      lost += Math.max(0, (published[stream] ?? 0) - (this.#next[stream] ?? 0));
    }
    return {
      lost,
      duplicated: this.#duplicated,
      outOfOrder: this.#outOfOrder,
      unasked: this.#unasked,
    };
  }

  #receiveUnexpected(stream: number, sequence: number): void {
    const next = this.#next[stream];
    if (next === undefined || next === NOT_SUBSCRIBED) {
      this.#unasked += 1;
    } else if (sequence > next) {
      if (this.#gaps.length >= SEQUENCE_GAPS_MAX) {
        const oldest = this.#gaps.shift();
        if (oldest !== undefined) this.#lostForGood += oldest.until - oldest.from;
      }
      this.#gaps.push({ stream, from: next, until: sequence });
      this.#next[stream] = sequence + 1;
    } else {
      this.#receiveEarlier(stream, sequence);
    }
  }

  #receiveEarlier(stream: number, sequence: number): void {
    const at = this.#gaps.findIndex(
      (gap) => gap.stream === stream && gap.from <= sequence && sequence < gap.until,
    );
    const gap = this.#gaps[at];
    if (gap === undefined) {
      this.#duplicated += 1;
      return;
    }
    this.#outOfOrder += 1;
    const above: Gap = { stream, from: sequence + 1, until: gap.until };
    gap.until = sequence;
    const parts = [gap, above].filter((part) => part.from < part.until);
    this.#gaps.splice(at, 1, ...parts);
  }
}

export function noFaults(): DeliveryFaults {
  return { lost: 0, duplicated: 0, outOfOrder: 0, unasked: 0 };
}

export function addFaults(sum: DeliveryFaults, more: DeliveryFaults): void {
  sum.lost += more.lost;
  sum.duplicated += more.duplicated;
  sum.outOfOrder += more.outOfOrder;
  sum.unasked += more.unasked;
}
