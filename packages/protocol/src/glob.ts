import type { Bytes } from "./bytes.ts";

const STAR = 42;
const QUESTION = 63;
const OPEN = 91;
const CLOSE = 93;
const BACKSLASH = 92;
const CARET = 94;
const DASH = 45;

/**
 * Whether `text` matches the glob `pattern`: `*`, `?`, `[abc]`, `[^a]`, `[a-z]`, `\x`. Byte for byte what
 * Redis 7.0 src/util.c, stringmatchlen does, its oddities included: an unclosed class runs to the end of the
 * pattern, a range may be given backwards, a trailing backslash matches itself, no star matches the empty text.
 *
 * Cost: O(pattern × text) at worst. Redis recurses at each `*` and can be made exponential by `a*a*a*…b`; we
 * go back to the latest star only, which accepts exactly the same texts.
 */
export function globMatches(pattern: Bytes, text: Bytes): boolean {
  if (text.length === 0) return pattern.length === 0;
  let at = 0; // in pattern
  let position = 0; // in text
  let afterStar = -1;
  let starPosition = 0;
  while (position < text.length) {
    const step = at < pattern.length ? stepOver(pattern, at, text.charCodeAt(position)) : NO_MATCH;
    if (step === IS_STAR) {
      at += 1;
      afterStar = at;
      starPosition = position;
    } else if (step !== NO_MATCH) {
      at = step;
      position += 1;
    } else if (afterStar === -1) {
      return false;
    } else {
      starPosition += 1;
      position = starPosition;
      at = afterStar;
    }
  }
  while (at < pattern.length && pattern.charCodeAt(at) === STAR) at += 1;
  return at >= pattern.length;
}

const NO_MATCH = -1;
const IS_STAR = -2;

/** Where the pattern goes on after its element at `at` matched `code`; or NO_MATCH, or IS_STAR. */
function stepOver(pattern: Bytes, at: number, code: number): number {
  switch (pattern.charCodeAt(at)) {
    case STAR:
      return IS_STAR;
    case QUESTION:
      return at + 1;
    case OPEN:
      return stepOverClass(pattern, at, code);
    case BACKSLASH: {
      const literal = at + 1 < pattern.length ? at + 1 : at;
      return pattern.charCodeAt(literal) === code ? literal + 1 : NO_MATCH;
    }
    default:
      return pattern.charCodeAt(at) === code ? at + 1 : NO_MATCH;
  }
}

function stepOverClass(pattern: Bytes, open: number, code: number): number {
  let at = open + 1;
  const negated = pattern.charCodeAt(at) === CARET;
  if (negated) at += 1;
  let matched = false;
  for (;;) {
    if (at >= pattern.length) break;
    const current = pattern.charCodeAt(at);
    if (current === BACKSLASH && at + 1 < pattern.length) {
      at += 1;
      if (pattern.charCodeAt(at) === code) matched = true;
    } else if (current === CLOSE) {
      at += 1;
      break;
    } else if (at + 2 < pattern.length && pattern.charCodeAt(at + 1) === DASH) {
      const first = signed(current);
      const last = signed(pattern.charCodeAt(at + 2));
      const value = signed(code);
      if (value >= Math.min(first, last) && value <= Math.max(first, last)) matched = true;
      at += 2;
    } else if (current === code) {
      matched = true;
    }
    at += 1;
  }
  return matched === negated ? NO_MATCH : at;
}

/** In a range Redis compares C's chars, which are signed on the machines that it runs on: 0x80 comes first. */
function signed(code: number): number {
  return (code << 24) >> 24;
}
