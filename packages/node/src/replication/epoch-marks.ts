import { EPOCH_MARKS_MAX } from "./limits.ts";

/** The reign `epoch` wrote the bytes of the history from `offset` on, up to the next mark. */
export interface EpochMark {
  readonly epoch: number;
  readonly offset: number;
}

/** As much of a log as tells how far it is equal to another one. */
export interface LogOutline {
  /** "": none, and nothing to compare. */
  readonly historyId: string;
  /** Epochs grow from mark to mark, offsets do not fall. */
  readonly marks: readonly EpochMark[];
  readonly endOffset: number;
}

/**
 * Where each reign began to write. In one history a reign has one writer and one beginning, and who follows it has
 * given up before whatever differs: so logs that both know a reign are equal up to where the shorter of the two ends
 * it. Offsets alone say nothing: after a promotion two logs may have different bytes at the same offset.
 *
 * A reign that wrote nothing gives its mark up to the next one at the same offset, unless it is the only one.
 * Source: Kafka, KIP-101 and KIP-279 (leader epochs).
 */
export class EpochMarks {
  /** Never changed, only replaced: frames hold it. */
  #marks: readonly EpochMark[] = [];

  get all(): readonly EpochMark[] {
    return this.#marks;
  }

  /** Of the youngest reign; 0 in a log that has none. */
  get lastEpoch(): number {
    return this.#marks.at(-1)?.epoch ?? 0;
  }

  /** The epoch must be higher than all others, and the offset not lower. */
  add(mark: EpochMark): void {
    const isLastEmpty = this.#marks.at(-1)?.offset === mark.offset;
    const older = isLastEmpty && this.#marks.length > 1 ? this.#marks.slice(0, -1) : this.#marks;
    this.#marks = [...older, mark].slice(-EPOCH_MARKS_MAX);
  }

  replaceAll(marks: readonly EpochMark[]): void {
    this.#marks = marks;
  }

  /** The reigns above `epoch` did not happen. */
  dropAbove(epoch: number): void {
    if (this.lastEpoch > epoch) this.#marks = this.#marks.filter((mark) => mark.epoch <= epoch);
  }

  /** Bytes below `offset` are gone, and with them the reigns that ended there. One that ends at `offset` still helps. */
  dropBelow(offset: number): void {
    const marks = this.#marks;
    const first = marks.findIndex((_, at) => (marks[at + 1]?.offset ?? Infinity) >= offset);
    if (first > 0) this.#marks = marks.slice(first);
  }

  /** Who wrote the byte at `offset`, or will write it. */
  at(offset: number): EpochMark | undefined {
    return this.#marks.findLast((mark) => mark.offset <= offset);
  }

  /** Where the reign ends that wrote the byte at `offset`; Infinity for the youngest. */
  nextAfter(offset: number): number {
    return this.#marks.find((mark) => mark.offset > offset)?.offset ?? Infinity;
  }
}

/**
 * Up to where both logs are equal for certain, and the youngest reign of that part. `undefined`: they may differ
 * everywhere, since their histories differ, or no reign is known to both any more.
 */
export function commonPrefix(one: LogOutline, other: LogOutline): EpochMark | undefined {
  if (one.historyId === "" || one.historyId !== other.historyId) return undefined;
  for (let at = one.marks.length - 1; at >= 0; at -= 1) {
    const mark = one.marks[at];
    const otherAt = other.marks.findIndex(({ epoch }) => epoch === mark?.epoch);
    if (mark === undefined || otherAt === -1) continue;
    // One reign with two beginnings: not the logs of one history. Nothing is known, so nothing is kept.
    if (mark.offset !== other.marks[otherAt]?.offset) return undefined;
    const endHere = one.marks[at + 1]?.offset ?? one.endOffset;
    const endThere = other.marks[otherAt + 1]?.offset ?? other.endOffset;
    return { epoch: mark.epoch, offset: Math.min(endHere, endThere) };
  }
  return undefined;
}
