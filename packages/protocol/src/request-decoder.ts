import { ascii, EMPTY, type Bytes } from "./bytes.ts";
import { ProtocolError } from "./errors.ts";
import { latest, NO_SLOT } from "./latest-request.ts";
import {
  BULK_BYTES_MAX_UNAUTHENTICATED,
  INLINE_BYTES_MAX,
  LATEST_TEXT_CHARS_MAX,
  REPEATED_KEY_CHARS_MAX,
  REQUEST_ARGUMENTS_MAX,
  REQUEST_ARGUMENTS_MAX_UNAUTHENTICATED,
} from "./limits.ts";
import { splitInline } from "./split-inline.ts";
import type { UpcomingKeys } from "./upcoming-keys.ts";

const CR = 13;
const STAR = 42;
const MINUS = 45;
const DOLLAR = 36;
const ZERO = 48;
const NINE = 57;

/** Up to this many arguments the array is made in one piece; above, it grows as bytes arrive. */
const PREALLOCATED_ARGUMENTS = 32;

/** Stands in between requests; never written to. */
const NO_ARGUMENTS: Bytes[] = [];

/** What a decoder may accept. One record is shared by all connections and follows `CONFIG SET`. */
export interface RequestLimits {
  /** `proto-max-bulk-len`. */
  bulkBytesMax: number;
}

/**
 * Turns the bytes of one connection into requests: arrays of bulk strings, or inline commands. Incremental:
 * any split of the input gives the same requests, and no byte of an argument is looked at twice, but of a short first
 * one: the same key in request after request, as queues and counters have it, is one string, so that to compare it
 * again costs nothing, and its slot is known. Nothing is reserved before its bytes arrive.
 *
 * Arguments are slices of the chunk they came in: valid as long as somebody holds them, and keeping that
 * whole chunk alive, so what is kept must be `own`ed.
 *
 * Throws ProtocolError with Redis' text (7.0 src/networking.c, processMultibulkBuffer and
 * processInlineBuffer). After that the decoder is done: reply and close.
 */
export class RequestDecoder {
  /** False while the connection still has to AUTH: strangers get small limits. */
  authenticated = true;
  readonly #limits: RequestLimits;
  #text = "";
  #position = 0;
  /** Arguments still missing of the request in progress; 0 between requests. */
  #missing = 0;
  #argv = NO_ARGUMENTS;
  #filled = 0;
  /** Where the request in progress begins in the text; -1: in an earlier one. */
  #from = -1;
  /** The latest first argument behind a name, in this text; -1: it was in an earlier one. */
  #keyFrom = -1;
  #keyTo = 0;
  /** It is that of the request before. */
  #isRepeated = false;
  /** Up to here `lookAhead` has looked. */
  #lookedTo = 0;
  /** Length of the bulk whose header was read; -1 before. */
  #bulkLength = -1;
  /** Pieces of a bulk that spans chunks, joined once when it is complete. */
  #pieces: string[] = [];
  #piecesLength = 0;

  constructor(limits: RequestLimits) {
    this.#limits = limits;
  }

  /** Bytes received and not yet part of a finished request. */
  get bufferedBytes(): number {
    return this.#text.length - this.#position + this.#piecesLength;
  }

  /** A request was begun and waits for the rest of its arguments. */
  get hasBegun(): boolean {
    return this.#missing > 0;
  }

  /**
   * Says where the keys of requests that are still to be read stand. Looks at nothing twice: none, while one that was
   * looked at is still to be read, or one has begun.
   */
  lookAhead(keys: UpcomingKeys): void {
    if (this.#missing > 0 || this.#position < this.#lookedTo) {
      keys.forget();
      return;
    }
    keys.find(ascii(this.#text), this.#position);
    this.#lookedTo = keys.end;
  }

  push(chunk: string): void {
    this.#from = -1;
    this.#keyFrom = -1;
    this.#lookedTo = Math.max(0, this.#lookedTo - this.#position);
    if (this.#pieces.length > 0) {
      this.#pieces.push(chunk);
      this.#piecesLength += chunk.length;
      if (this.#piecesLength < this.#bulkLength + 2) return;
      this.#text = this.#pieces.join("");
      this.#pieces = [];
      this.#piecesLength = 0;
      this.#position = 0;
      return;
    }
    this.#text =
      this.#position >= this.#text.length ? chunk : this.#text.substring(this.#position) + chunk;
    this.#position = 0;
  }

  /** The next request, or undefined until more bytes arrive. Never an empty array. */
  next(): Bytes[] | undefined {
    for (;;) {
      if (this.#missing === 0) {
        if (this.#position >= this.#text.length) return this.#wait();
        if (this.#text.charCodeAt(this.#position) !== STAR) {
          const inline = this.#nextInline();
          if (inline === undefined) return this.#wait();
          if (inline.length === 0) continue;
          return inline;
        }
        this.#from = this.#position;
        const count = this.#readLength(this.#position + 1, "mbulk");
        if (count === undefined) return this.#wait();
        this.#checkCount(count);
        if (count <= 0) continue;
        this.#missing = count;
        this.#filled = 0;
        this.#argv = count <= PREALLOCATED_ARGUMENTS ? new Array<Bytes>(count) : [];
      }
      return this.#readArguments();
    }
  }

  #readArguments(): Bytes[] | undefined {
    do {
      if (this.#bulkLength === -1) {
        if (this.#position >= this.#text.length) return this.#wait();
        const first = this.#text.charCodeAt(this.#position);
        if (first !== DOLLAR) {
          throw new ProtocolError(
            `Protocol error: expected '$', got '${String.fromCharCode(first)}'`,
          );
        }
        const length = this.#readLength(this.#position + 1, "bulk");
        if (length === undefined) return this.#wait();
        this.#checkBulkLength(length);
        this.#bulkLength = length;
      }
      const end = this.#position + this.#bulkLength;
      if (end + 2 > this.#text.length) return this.#waitForBulk();
      this.#argv[this.#filled] =
        this.#filled === 1 ? this.#keyUpTo(end) : ascii(this.#text.substring(this.#position, end));
      this.#filled += 1;
      this.#position = end + 2;
      this.#bulkLength = -1;
      this.#missing -= 1;
    } while (this.#missing > 0);
    const argv = this.#argv;
    const isWhole = this.#from >= 0 && this.#text.length <= LATEST_TEXT_CHARS_MAX;
    // The rest of a request may have come after those of others.
    if (!this.#isRepeated || latest.owner !== this) latest.slot = NO_SLOT;
    this.#isRepeated = false;
    latest.argv = argv;
    latest.owner = this;
    latest.text = isWhole ? ascii(this.#text) : EMPTY;
    latest.from = this.#from;
    latest.to = isWhole ? this.#position : 0;
    latest.keyFrom = this.#keyFrom;
    latest.keyTo = this.#keyTo;
    // An idle connection must not keep its last request, and with it the chunk that request came in.
    this.#argv = NO_ARGUMENTS;
    this.#wait();
    return argv;
  }

  /** What stands from here to `end`. */
  #keyUpTo(end: number): Bytes {
    const key = ascii(this.#text.substring(this.#position, end));
    const before = this.#keyFrom !== -1 && latest.owner === this ? latest.argv[1] : undefined;
    this.#keyFrom = this.#position;
    this.#keyTo = end;
    this.#isRepeated = before !== undefined && isSame(before, key);
    return before !== undefined && this.#isRepeated ? before : key;
  }

  /** Lets go of a chunk that was read to its end, so that an idle connection holds nothing. */
  #wait(): undefined {
    if (this.#position >= this.#text.length) {
      this.#text = "";
      this.#position = 0;
      this.#lookedTo = 0;
    }
    return undefined;
  }

  #waitForBulk(): undefined {
    // Asked again before the bulk is complete: `push` is counting.
    if (this.#pieces.length > 0) return undefined;
    this.#pieces.push(this.#text.substring(this.#position));
    this.#piecesLength = this.#text.length - this.#position;
    this.#text = "";
    this.#position = 0;
    this.#lookedTo = 0;
    return undefined;
  }

  /**
   * The number between `start` and the next CR; moves past the line. `undefined` until the line is complete,
   * NaN when it is no number by Redis' string2ll (no plus sign, no leading zeros).
   */
  #readLength(start: number, what: "mbulk" | "bulk"): number | undefined {
    const text = this.#text;
    const first = text.charCodeAt(start);
    // The everyday case: one to nine digits and CR LF, all here.
    if (first > ZERO && first <= NINE) {
      let value = first - ZERO;
      let at = start + 1;
      for (; at < start + 9; at += 1) {
        const digit = text.charCodeAt(at);
        if (!(digit >= ZERO && digit <= NINE)) break;
        value = value * 10 + digit - ZERO;
      }
      if (text.charCodeAt(at) === CR && at + 1 < text.length) {
        this.#position = at + 2;
        return value;
      }
    }
    const end = text.indexOf("\r", start);
    if (end === -1 || end + 1 >= text.length) {
      if (text.length - start > INLINE_BYTES_MAX) {
        throw new ProtocolError(`Protocol error: too big ${what} count string`);
      }
      return undefined;
    }
    this.#position = end + 2;
    return strictInteger(text, start, end);
  }

  #checkCount(count: number): void {
    if (Number.isNaN(count) || count > REQUEST_ARGUMENTS_MAX) {
      throw new ProtocolError("Protocol error: invalid multibulk length");
    }
    if (!this.authenticated && count > REQUEST_ARGUMENTS_MAX_UNAUTHENTICATED) {
      throw new ProtocolError("Protocol error: unauthenticated multibulk length");
    }
  }

  #checkBulkLength(length: number): void {
    if (!(length >= 0) || length > this.#limits.bulkBytesMax) {
      throw new ProtocolError("Protocol error: invalid bulk length");
    }
    if (!this.authenticated && length > BULK_BYTES_MAX_UNAUTHENTICATED) {
      throw new ProtocolError("Protocol error: unauthenticated bulk length");
    }
  }

  #nextInline(): Bytes[] | undefined {
    const newline = this.#text.indexOf("\n", this.#position);
    if (newline === -1) {
      if (this.#text.length - this.#position > INLINE_BYTES_MAX) {
        throw new ProtocolError("Protocol error: too big inline request");
      }
      return undefined;
    }
    const end =
      newline > this.#position && this.#text.charCodeAt(newline - 1) === CR ? newline - 1 : newline;
    const argv = splitInline(ascii(this.#text.substring(this.#position, end)));
    if (argv === undefined) throw new ProtocolError("Protocol error: unbalanced quotes in request");
    this.#position = newline + 1;
    return argv;
  }
}

/** NaN unless the chars are a decimal integer without plus sign or leading zeros. */
function strictInteger(text: string, start: number, end: number): number {
  const negative = text.charCodeAt(start) === MINUS;
  const firstDigit = negative ? start + 1 : start;
  const digits = end - firstDigit;
  if (digits < 1 || digits > 15) return Number.NaN;
  if (text.charCodeAt(firstDigit) === ZERO && (digits > 1 || negative)) return Number.NaN;
  let value = 0;
  for (let at = firstDigit; at < end; at += 1) {
    const digit = text.charCodeAt(at) - ZERO;
    if (digit < 0 || digit > 9) return Number.NaN;
    value = value * 10 + digit;
  }
  return negative ? -value : value;
}

/** Views take V8 30 ns to compare: different keys of one length mostly differ at their end. */
function isSame(one: Bytes, other: Bytes): boolean {
  const { length } = one;
  return (
    length === other.length &&
    length <= REPEATED_KEY_CHARS_MAX &&
    one.charCodeAt(length - 1) === other.charCodeAt(length - 1) &&
    one === other
  );
}
