import { ascii, CommandError, slice, type Bytes } from "@slotcast/protocol";
import { nextU64, previousU64, u64, U64_MAX, type U64 } from "./u64.ts";

/** Entries of a stream are ordered by it: Unix milliseconds by convention, then a sequence number. */
export interface StreamId {
  readonly ms: U64;
  readonly seq: U64;
}

export const STREAM_ID_MIN: StreamId = { ms: 0, seq: 0 };
export const STREAM_ID_MAX: StreamId = { ms: U64_MAX, seq: U64_MAX };

const INVALID_STREAM_ID = new CommandError(
  "ERR",
  "Invalid stream ID specified as stream command argument",
);
const INVALID_START = new CommandError("ERR", "invalid start ID for the interval");
const INVALID_END = new CommandError("ERR", "invalid end ID for the interval");

/** Negative, zero or positive, as `Array.sort` wants it. */
export function compareStreamIds(a: StreamId, b: StreamId): number {
  return compareU64(a.ms, b.ms) || compareU64(a.seq, b.seq);
}

/** A bigint is above every number here, by the canonical form. Left to `<`, a mixed pair takes V8 100 ns. */
export function compareU64(a: U64, b: U64): number {
  if (typeof a === "number") return typeof b === "number" ? a - b : -1;
  if (typeof b === "number") return 1;
  return a < b ? -1 : a > b ? 1 : 0;
}

export function formatStreamId(id: StreamId): Bytes {
  return ascii(`${id.ms}-${id.seq}`);
}

/** `undefined` after the last one. */
export function nextStreamId({ ms, seq }: StreamId): StreamId | undefined {
  const nextSeq = nextU64(seq);
  if (nextSeq !== undefined) return { ms, seq: nextSeq };
  const nextMs = nextU64(ms);
  return nextMs === undefined ? undefined : { ms: nextMs, seq: 0 };
}

/** The id of `*` behind `last`: now, or right after it when the clock is not ahead. `undefined` after the last one. */
export function nextAutoId(last: StreamId, nowMs: U64): StreamId | undefined {
  return nowMs > last.ms ? { ms: nowMs, seq: 0 } : nextStreamId(last);
}

/** `undefined` before 0-0. */
export function previousStreamId({ ms, seq }: StreamId): StreamId | undefined {
  const previousSeq = previousU64(seq);
  if (previousSeq !== undefined) return { ms, seq: previousSeq };
  const previousMs = previousU64(ms);
  return previousMs === undefined ? undefined : { ms: previousMs, seq: U64_MAX };
}

/**
 * `<ms>-<seq>`, or `<ms>` alone with the given sequence number. Throws Redis' error for anything else, `-`
 * and `+` included.
 * Source: Redis 7.0 src/t_stream.c, streamParseStrictIDOrReply.
 */
export function parseStreamId(text: Bytes, seqWhenMissing: U64): StreamId {
  const plain = parsePlainId(text);
  if (plain !== undefined) return plain;
  const { ms, seq } = splitId(text);
  return { ms: parseU64(ms), seq: seq === undefined ? seqWhenMissing : parseU64(seq) };
}

/**
 * The id of XADD, when it is not `*`: the sequence number is `undefined` for `<ms>-*`, and 0 when missing.
 * Throws as `parseStreamId`. 0-0 is left to the caller: its error is another one.
 */
export function parseNewStreamId(text: Bytes): { readonly ms: U64; readonly seq: U64 | undefined } {
  const plain = parsePlainId(text);
  if (plain !== undefined) return plain;
  const { ms, seq } = splitId(text);
  return { ms: parseU64(ms), seq: seq === "*" ? undefined : seq === undefined ? 0 : parseU64(seq) };
}

/**
 * One end of an interval, always inclusive: an id, `-`, `+`, or `(` and an id for the id behind it. An end
 * without sequence number takes in the whole millisecond. Throws Redis' errors.
 * Source: Redis 7.0 src/t_stream.c, streamParseIntervalIDOrReply and xrangeGenericCommand.
 */
export function parseRangeBound(text: Bytes, side: "start" | "end"): StreamId {
  const seqWhenMissing = side === "start" ? 0 : U64_MAX;
  if (text.length > 1 && text.startsWith("(")) {
    const excluded = parseStreamId(slice(text, 1), seqWhenMissing);
    const bound = side === "start" ? nextStreamId(excluded) : previousStreamId(excluded);
    if (bound === undefined) throw side === "start" ? INVALID_START : INVALID_END;
    return bound;
  }
  const word = untilNul(text);
  if (word === "-") return STREAM_ID_MIN;
  if (word === "+") return STREAM_ID_MAX;
  return parseStreamId(text, seqWhenMissing);
}

/** Redis copies an id to a C string of 128 bytes. */
const ID_CHARS_MAX = 127;

function splitId(text: Bytes): { readonly ms: string; readonly seq: string | undefined } {
  if (text.length > ID_CHARS_MAX) throw INVALID_STREAM_ID;
  const id = untilNul(text);
  const dash = id.indexOf("-");
  if (dash === -1) return { ms: id, seq: undefined };
  return { ms: id.slice(0, dash), seq: id.slice(dash + 1) };
}

/** An id is a C string in Redis: `5-1\0junk` is 5-1. */
function untilNul(text: string): string {
  const nul = text.indexOf("\0");
  return nul === -1 ? text : text.slice(0, nul);
}

/** This many digits always make a safe integer. */
const SAFE_DIGITS = 15;
const DIGITS = /^\d+$/;
const ZERO = 48;
const NINE = 57;
const DASH = 45;
const C_NUMBER = /^[ \t-\r]*([+-]?)(\d+)$/;
const INT64_MAGNITUDE_MAX = 2n ** 63n;

/** `<digits>-<digits>`, as ids are nearly always written, without making a string of each part. */
function parsePlainId(text: Bytes): StreamId | undefined {
  const { length } = text;
  let ms = 0;
  let at = 0;
  let code = 0;
  for (; at < length; at += 1) {
    code = text.charCodeAt(at);
    if (code < ZERO || code > NINE) break;
    ms = ms * 10 + code - ZERO;
  }
  const digits = length - at - 1;
  if (code !== DASH || at === 0 || at > SAFE_DIGITS || digits < 1 || digits > SAFE_DIGITS) {
    return undefined;
  }
  let seq = 0;
  for (at += 1; at < length; at += 1) {
    code = text.charCodeAt(at);
    if (code < ZERO || code > NINE) return undefined;
    seq = seq * 10 + code - ZERO;
  }
  return { ms, seq };
}

/**
 * As Redis' string2ull: a strict integer first, and then whatever C's strtoull takes, which is white space,
 * a sign and leading zeros. A minus wraps around 2^64 there, unless the strict parser already saw a negative
 * number: `5--05` is 5-18446744073709551611 and `5--5` an error.
 */
function parseU64(text: string): U64 {
  if (text.length <= SAFE_DIGITS && DIGITS.test(text)) return Number(text);
  const match = C_NUMBER.exec(text);
  if (match === null) throw INVALID_STREAM_ID;
  const magnitude = BigInt(match[2] ?? "");
  if (magnitude > U64_MAX) throw INVALID_STREAM_ID;
  if (match[1] !== "-") return u64(magnitude);
  if (text === `-${magnitude}` && magnitude !== 0n && magnitude <= INT64_MAGNITUDE_MAX) {
    throw INVALID_STREAM_ID;
  }
  return u64(BigInt.asUintN(64, -magnitude));
}
