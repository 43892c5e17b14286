import { ascii, EMPTY, own, slice, type ByteSpan, type Bytes } from "@slotcast/protocol";
import assert from "node:assert/strict";
import { EffectRope } from "./effect-rope.ts";
import { EpochMarks, type EpochMark, type LogOutline } from "./epoch-marks.ts";
import { HASH_OF_NOTHING, hashOn, ownAndHash } from "./log-hash.ts";
import { BACKLOG_BYTES_MAX, BATCH_BYTES_MAX, PIECE_BYTES_MAX, SEAL_BYTES } from "./limits.ts";

/** What a log is, for comparing it with others: equal positions mean equal logs, and so equal hashes. */
export interface LogPosition {
  /** "": the log of a node that has nothing. */
  readonly historyId: string;
  /** Of the youngest reign in the log. */
  readonly epoch: number;
  readonly offset: number;
}

/** A run of effects that one reign wrote. */
export interface LogSlice {
  readonly firstOffset: number;
  readonly effects: Bytes;
  /** The reign that wrote them, or will write the next ones when there are none. */
  readonly writtenEpoch: number;
  /** Of the log up to `firstOffset`, and up to the end of the slice. */
  readonly hashBefore: number;
  readonly hashAfter: number;
}

/** What a log begins with: a snapshot stands for everything before. */
export interface LogStart {
  readonly historyId: string;
  readonly offset: number;
  readonly hash: number;
  /** The reigns up to there, as in its outline. */
  readonly marks: readonly EpochMark[];
}

interface Piece {
  readonly startOffset: number;
  readonly text: Bytes;
  readonly hashBefore: number;
}

/** In the place of a piece that was dropped, until the front of the array is cut off. */
const DROPPED: Piece = { startOffset: 0, text: EMPTY, hashBefore: 0 };
const DROPPED_PIECES_MAX = 1024;

/**
 * The tail of a shard's stream of effects, whose bytes are numbered: an *offset* counts the bytes of the history
 * before it. Primary and replicas keep one; its offsets are what acknowledgements, commits and snapshots talk about.
 *
 * Each offset that goes in or comes out is an end of an effect; the log itself does not know where effects end inside
 * of what it was given at once. So a slice is cut only where it was sealed (a flush) or where a reign ends.
 *
 * Cost: `append` is a concatenation at most. What a turn appended is copied once, and hashed, when it is sealed; old pieces
 * are joined while they are small (a byte is copied some ten times at most). Finding an offset: O(log pieces).
 * Bounded: `trim` keeps `backlogBytesMax`, what is not committed, and what the caller still needs.
 * Invariant: startOffset ≤ commitOffset ≤ endOffset. What is committed is never cut off at the end.
 */
export class EffectLog {
  /** `repl-backlog-size`. */
  backlogBytesMax: number;
  #historyId = "";
  readonly #marks = new EpochMarks();
  #pieces: Piece[] = [];
  /** Pieces before this index were dropped. */
  #first = 0;
  #sealedEnd = 0;
  #sealedHash = HASH_OF_NOTHING;
  readonly #pending = new EffectRope();
  #commitOffset = 0;

  constructor({ backlogBytesMax = BACKLOG_BYTES_MAX } = {}) {
    this.backlogBytesMax = backlogBytesMax;
  }

  get historyId(): string {
    return this.#historyId;
  }

  /** Of the youngest reign in the log. */
  get epoch(): number {
    return this.#marks.lastEpoch;
  }

  get startOffset(): number {
    return this.#pieces[this.#first]?.startOffset ?? this.#sealedEnd;
  }

  get commitOffset(): number {
    return this.#commitOffset;
  }

  get endOffset(): number {
    return this.#sealedEnd + this.#pending.length;
  }

  /** Up to here it may be sent: what was appended since the last `seal` is not over yet. */
  get sealedOffset(): number {
    return this.#sealedEnd;
  }

  get position(): LogPosition {
    return { historyId: this.#historyId, epoch: this.epoch, offset: this.endOffset };
  }

  /** As others need it to find the common prefix. */
  get outline(): LogOutline {
    return { historyId: this.#historyId, marks: this.#marks.all, endOffset: this.endOffset };
  }

  /** Of the whole log. */
  get hash(): number {
    this.seal();
    return this.#sealedHash;
  }

  /** One effect, or several that belong together. Returns where it ends. */
  append(effects: Bytes | ByteSpan): number {
    const { length } = this.#pending;
    const more = typeof effects === "string" ? effects.length : effects.to - effects.from;
    if (length > 0 && length + more > SEAL_BYTES) this.seal();
    this.#pending.add(effects);
    return this.endOffset;
  }

  /** What was appended since becomes a piece: the next slice may end here. */
  seal(): void {
    if (this.#pending.length === 0) return;
    // The rope and the chunks of sockets that it hangs on are given up.
    const { text, hash } = ownAndHash(this.#sealedHash, this.#pending.take());
    this.#push(text, hash);
  }

  /**
   * Effects from a primary, the caller's own, at the end of this log. `undefined`: done. Else the hash that the log would have had: it is
   * not `hashAfter`, so the bytes are not those that were sent, and nothing was appended.
   */
  appendBatch(batch: {
    readonly effects: Bytes;
    readonly writtenEpoch: number;
    readonly hashAfter: number;
  }): number | undefined {
    const { effects, writtenEpoch, hashAfter } = batch;
    this.seal();
    const hash = hashOn(this.#sealedHash, effects);
    if (hash !== hashAfter) return hash;
    if (writtenEpoch > this.epoch || this.#marks.all.length === 0) this.beginEpoch(writtenEpoch);
    if (effects.length > 0) this.#push(effects, hash);
    return undefined;
  }

  /** The next effect is the first of this reign, which must be younger than all in the log. */
  beginEpoch(epoch: number): void {
    this.seal();
    assert(
      epoch > this.epoch || this.#marks.all.length === 0,
      `epoch ${epoch} after ${this.epoch}`,
    );
    this.#marks.add({ epoch, offset: this.#sealedEnd });
  }

  /** What was before is of another history: it counts as committed, and nobody can go on from there. */
  beginHistory(historyId: string, epoch: number): void {
    this.seal();
    const offset = this.#sealedEnd;
    this.restart({ historyId, offset, hash: HASH_OF_NOTHING, marks: [{ epoch, offset }] });
  }

  /** Empty, from where a snapshot ends. All of it is committed. */
  restart({ historyId, offset, hash, marks }: LogStart): void {
    this.#historyId = historyId;
    this.#marks.replaceAll(marks);
    this.#pieces = [];
    this.#first = 0;
    this.#pending.take();
    this.#sealedEnd = offset;
    this.#sealedHash = hash;
    this.#commitOffset = offset;
  }

  /** A log of no history at all. */
  clear(): void {
    this.restart({ historyId: "", offset: 0, hash: HASH_OF_NOTHING, marks: [] });
  }

  /** Never goes back; a lower offset changes nothing. */
  commitTo(offset: number): void {
    assert(offset <= this.endOffset, `commit ${offset} beyond the end ${this.endOffset}`);
    if (offset > this.#commitOffset) this.#commitOffset = offset;
  }

  /**
   * From `from` on as much as one reign wrote, about `bytesMax` at most, but one sealed piece in any case. Empty at the
   * end. `undefined`: no longer kept.
   */
  slice(from: number, bytesMax = BATCH_BYTES_MAX): LogSlice | undefined {
    this.seal();
    const mark = this.#marks.at(from);
    if (mark === undefined || from < this.startOffset || from > this.#sealedEnd) return undefined;
    const end = Math.min(this.#marks.nextAfter(from), this.#sealedEnd);
    let text = "";
    for (const part of this.#parts(from, end)) {
      if (text !== "" && text.length + part.length > bytesMax) break;
      text += part;
    }
    return {
      firstOffset: from,
      effects: ascii(text),
      writtenEpoch: mark.epoch,
      hashBefore: this.hashAt(from),
      hashAfter: this.hashAt(from + text.length),
    };
  }

  /** Everything between two ends of effects, in pieces that end with one. Throws when it is not kept. */
  *read(from: number, to: number): Generator<{ effects: Bytes; endOffset: number }> {
    this.seal();
    assert(from >= this.startOffset && to <= this.#sealedEnd, `${from}–${to} is not kept`);
    let endOffset = from;
    for (const effects of this.#parts(from, to)) {
      endOffset += effects.length;
      yield { effects, endOffset };
    }
  }

  /** An end of an effect, `bytes` or somewhat more before `offset`; where the log begins, if that is later. */
  endBefore(offset: number, bytes: number): number {
    this.seal();
    return this.#pieces[this.#indexOf(offset - bytes)]?.startOffset ?? this.#sealedEnd;
  }

  /** Of the log up to `offset`, which must be kept. O(1) where a flush ended, else a piece is hashed again. */
  hashAt(offset: number): number {
    this.seal();
    if (offset === this.#sealedEnd) return this.#sealedHash;
    const piece = this.#pieces[this.#indexOf(offset)];
    assert(piece !== undefined, `no hash at ${offset}`);
    return hashOn(piece.hashBefore, slice(piece.text, 0, offset - piece.startOffset));
  }

  /** The reigns above `epoch`, and what is beyond `offset`, did not happen. Never below the commit. */
  truncateTo({ offset, epoch }: EpochMark): void {
    this.seal();
    assert(offset >= this.#commitOffset && offset <= this.#sealedEnd, `truncate to ${offset}`);
    this.#marks.dropAbove(epoch);
    if (offset === this.#sealedEnd) return;
    this.#sealedHash = this.hashAt(offset);
    const index = this.#indexOf(offset);
    const cut = this.#pieces[index];
    assert(cut !== undefined, `no piece at ${offset}`);
    this.#pieces.length = index;
    this.#sealedEnd = offset;
    if (cut.startOffset < offset)
      this.#pieces.push({ ...cut, text: own(slice(cut.text, 0, offset - cut.startOffset)) });
  }

  /** Nobody can go on from before the end: something happened that is not in the log. All of it is committed. */
  forgetAll(): void {
    this.seal();
    assert(this.#commitOffset === this.endOffset, "what is not committed is still needed");
    this.#pieces = [];
    this.#first = 0;
    this.#marks.dropBelow(this.endOffset);
  }

  /** Forgets the oldest pieces, but nothing from `keepFrom` on. */
  trim(keepFrom = Infinity): void {
    const to = Math.min(keepFrom, this.#commitOffset, this.endOffset - this.backlogBytesMax);
    const before = this.#first;
    // A piece ends where the next one begins, and the last one at the end.
    for (;;) {
      if (this.#first === this.#pieces.length) break;
      if ((this.#pieces[this.#first + 1]?.startOffset ?? this.#sealedEnd) > to) break;
      this.#pieces[this.#first] = DROPPED;
      this.#first += 1;
    }
    if (this.#first === before) return;
    this.#marks.dropBelow(this.startOffset);
    if (this.#first < DROPPED_PIECES_MAX && this.#first < this.#pieces.length) return;
    this.#pieces.splice(0, this.#first);
    this.#first = 0;
  }

  #push(text: Bytes, hash: number): void {
    this.#joinLast();
    this.#pieces.push({ startOffset: this.#sealedEnd, text, hashBefore: this.#sealedHash });
    this.#sealedEnd += text.length;
    this.#sealedHash = hash;
  }

  /**
   * Equal sizes join, as in a binary counter, so that no byte is copied often. The newest piece stays as it is: it is
   * the next batch.
   */
  #joinLast(): void {
    for (;;) {
      const last = this.#pieces.at(-1);
      const previous = this.#pieces.length - 2 < this.#first ? undefined : this.#pieces.at(-2);
      if (last === undefined || previous === undefined) return;
      const sizeBytes = previous.text.length + last.text.length;
      if (sizeBytes > PIECE_BYTES_MAX || previous.text.length > 2 * last.text.length) return;
      this.#pieces.length -= 2;
      this.#pieces.push({ ...previous, text: own(ascii(previous.text + last.text)) });
    }
  }

  *#parts(from: number, to: number): Generator<Bytes> {
    for (let index = this.#indexOf(from), at = from; at < to; index += 1) {
      const piece = this.#pieces[index];
      assert(piece !== undefined, `no piece at ${at}`);
      const part = slice(piece.text, at - piece.startOffset, to - piece.startOffset);
      yield part;
      at += part.length;
    }
  }

  /** Of the piece with the byte at `offset`; the number of pieces when there is none. */
  #indexOf(offset: number): number {
    if (offset >= this.#sealedEnd) return this.#pieces.length;
    let low = this.#first;
    let high = this.#pieces.length - 1;
    // What was written last is asked for most.
    if ((this.#pieces[high]?.startOffset ?? Infinity) <= offset) return high;
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      if ((this.#pieces[middle]?.startOffset ?? Infinity) <= offset) low = middle;
      else high = middle - 1;
    }
    return low;
  }
}
