import { ascii, REPLY_STRING_CHARS_MAX } from "@slotcast/protocol";
import { PUT_TOGETHER_CHARS_MIN } from "./limits.ts";
import { OutputCutter } from "./output-cutter.ts";
import type { ReplyGate } from "./reply-gate.ts";

/** A reply to a command with keys, or the replies of a transaction. */
export interface GatedReply {
  /** Where the log ended when the command was done: it has seen, or done, everything before. */
  readonly offset: number;
  /** `undefined`: the command is not about one slot. */
  readonly slot: number | undefined;
  /** The command had effects. */
  readonly isChange: boolean;
  /** False: the client wants it before it is committed. */
  readonly waits: boolean;
}

/** What a deposed primary has learnt. */
export interface Settlement {
  /** Up to here its log is part of the new primary's. */
  readonly sharedOffset: number;
  /** The line to send the client elsewhere with. */
  readonly redirection: (slot: number) => string;
}

interface Piece {
  readonly bytes: string | Buffer;
  /** Leaves when the commit has come so far. Infinity: a part of the reply that is being written. */
  offset: number;
}

/** Where a reply stands in the output, counted in chars since nothing waited, and what it rests on. */
interface Mark extends Omit<GatedReply, "waits"> {
  readonly from: number;
  readonly to: number;
}

/**
 * The output of one connection that waits for a commit, in order, and behind it whatever else the connection is sent.
 *
 * Each gated reply is marked: those of a primary that was deposed are true, or become redirections, one by one.
 *
 * Made with the first command of a connection that is gated. Owner of the rules: ReplyGate.
 */
export class UncommittedReplies {
  /** The log ended here after the last command of this connection that changed something: what WAIT asks for. */
  writtenOffset = 0;
  /** What waits; what is in `out` is not counted. */
  bytes = 0;
  /** Nobody needs it; but if nobody could, V8 would not look, and looking is what makes it put a rope together. */
  lookedAt = 0;
  readonly gate: ReplyGate;
  #pieces: Piece[] = [];
  #marks: Mark[] = [];
  /** The place of the first char of the first piece, and of the first char of `out`. */
  #start = 0;
  #outStart = 0;
  /** What `out` waits for. */
  #waitOffset = 0;
  /** Where the reply begins that is being written; -1: none is. */
  #openFrom = -1;

  constructor(gate: ReplyGate) {
    this.gate = gate;
  }

  /** Something left `out` and waits. */
  get isHolding(): boolean {
    return this.#pieces.length > 0;
  }

  /** Nothing waits, and no gated reply is in `out`. */
  get isFree(): boolean {
    return this.#marks.length === 0 && this.#pieces.length === 0;
  }

  /** A gated reply is being written. */
  get isOpen(): boolean {
    return this.#openFrom >= 0;
  }

  get hasMarks(): boolean {
    return this.#marks.length > 0;
  }

  /** The commit offset at which the next of it may leave. */
  get firstOffset(): number {
    return this.#pieces[0]?.offset ?? this.#waitOffset;
  }

  /** The highest offset of a reply that only the new primary's log proves; 0: there is none. */
  get unprovenOffset(): number {
    let highest = 0;
    for (const mark of this.#marks) {
      if (needsProof(mark)) highest = Math.max(highest, mark.offset);
    }
    return highest;
  }

  /** A gated command is about to write its reply to `out`. */
  begin(out: string): void {
    this.#openFrom = this.#outStart + out.length;
  }

  /** The reply is complete. It may be none: the client waits, or wants none. */
  end(out: string, { offset, slot, isChange, waits }: GatedReply): void {
    const from = this.#openFrom;
    const to = this.#outStart + out.length;
    this.#openFrom = -1;
    if (isChange) this.writtenOffset = offset;
    if (to === from) return;
    this.#marks.push({ from, to, offset, slot, isChange });
    if (waits) this.#waitOffset = Math.max(this.#waitOffset, offset);
    if (this.#pieces.length > 0) this.#dateTaken();
  }

  /** The reply is put together elsewhere, and part of it is still to come: it is whatever follows. */
  endLater({ offset, isChange }: Omit<GatedReply, "slot">): void {
    const from = this.#openFrom;
    this.#openFrom = -1;
    if (isChange) this.writtenOffset = offset;
    this.#marks.push({ from, to: Infinity, offset, slot: undefined, isChange });
    this.#waitOffset = Math.max(this.#waitOffset, offset);
  }

  /**
   * Parts of the reply that has just ended were taken already. Never looks at index -1: V8 looks that up as a name, which
   * took a tenth of a microsecond of each reply.
   */
  #dateTaken(): void {
    for (let at = this.#pieces.length - 1; at >= 0; at -= 1) {
      const piece = this.#pieces[at];
      if (piece?.offset !== Infinity) return;
      piece.offset = this.#waitOffset;
    }
  }

  /** `out` joins what waits; the caller empties it. */
  take(out: string): void {
    const isLong = out.length > REPLY_STRING_CHARS_MAX;
    if (out.length >= PUT_TOGETHER_CHARS_MIN) this.lookedAt = out.charCodeAt(0);
    this.#pieces.push({
      // Off V8's heap: it may wait for long.
      bytes: isLong ? Buffer.from(out, "latin1") : out,
      offset: this.isOpen ? Infinity : this.#waitOffset,
    });
    this.#outStart += out.length;
    this.bytes += out.length;
  }

  /** What may leave at this commit offset, in order. */
  release(commitOffset: number): (string | Buffer)[] {
    const released: (string | Buffer)[] = [];
    for (const { bytes, offset } of this.#pieces) {
      if (offset > commitOffset) break;
      released.push(bytes);
      this.#start += bytes.length;
      this.bytes -= bytes.length;
    }
    this.#pieces.splice(0, released.length);
    const kept = this.#marks.findIndex(({ to }) => to > this.#start);
    this.#marks.splice(0, kept === -1 ? this.#marks.length : kept);
    return released;
  }

  /** After `release`: nothing is left before `out`, and `out` may leave, too. */
  isPassed(commitOffset: number): boolean {
    return this.#pieces.length === 0 && this.#waitOffset <= commitOffset;
  }

  /** All of it left, or was given up: what comes next waits for nothing. */
  clear(): void {
    this.#pieces = [];
    this.#marks = [];
    this.#start = 0;
    this.#outStart = 0;
    this.#waitOffset = 0;
    this.bytes = 0;
  }

  /**
   * Everything that waits, and `out`, as a deposed primary may send it: replies to changes that the new primary has are
   * true. A change that it does not have, and what was read of one slot, did not happen: the client is sent there, where
   * it may ask again. What is about no slot cannot be redirected. It is true when it rests on nothing but what the new
   * primary has; otherwise the output ends there (`isCut`).
   */
  settle(out: string, settlement: Settlement): { parts: (string | Buffer)[]; isCut: boolean } {
    const { sharedOffset, redirection } = settlement;
    const cutter = new OutputCutter([...this.#pieces.map(({ bytes }) => bytes), out]);
    let at = this.#start;
    for (const [index, mark] of this.#marks.entries()) {
      const { from, offset, slot } = mark;
      // One that was put together elsewhere ends, at the latest, where the next begins.
      const to = Math.min(mark.to, this.#marks[index + 1]?.from ?? Infinity);
      // A part of it has left: it can be ended, and nothing can stand in its place.
      const hasBegun = from < at;
      cutter.keep(from - at);
      const length = to - Math.max(from, at);
      at = to;
      const isTrue = needsProof(mark) ? offset <= sharedOffset : hasBegun;
      if (isTrue) {
        cutter.keep(length);
      } else if (slot === undefined || hasBegun) {
        return { parts: cutter.parts, isCut: true };
      } else {
        cutter.skip(length);
        cutter.add(ascii(redirection(slot)));
      }
    }
    cutter.keep(Infinity);
    return { parts: cutter.parts, isCut: false };
  }
}

/** A change, or what was read of more than a slot. What was read of one slot is asked for again, whatever is true. */
function needsProof({ isChange, slot }: Mark): boolean {
  return isChange || slot === undefined;
}
