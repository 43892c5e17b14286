import fc from "fast-check";

/** A binary string, one char per byte: an argument as it goes over the wire. */
export type Argument = fc.Arbitrary<string>;

/** Integers, near-integers and what parsers of other languages would take for one. */
export const oddInteger: Argument = fc.oneof(
  { weight: 5, arbitrary: fc.integer({ min: -5, max: 8 }).map(String) },
  {
    weight: 4,
    arbitrary: fc.constantFrom(
      ...["+1", " 1", "1 ", "01", "-0", "-01", "1e3", "0x10", "", "-", "1.5", "abc", "1\0", "\n1"],
      ...["100", "1000000", "2147483647", "2147483648", "-2147483649", "4294967296"],
      ...["9007199254740991", "9007199254740993", "-9007199254740993"],
      ...["9223372036854775806", "9223372036854775807", "9223372036854775808"],
      ...["-9223372036854775807", "-9223372036854775808", "-9223372036854775809"],
      ...["18446744073709551615", "18446744073709551616", "99999999999999999999999"],
    ),
  },
);

/** Usually right, so that sequences get somewhere. */
export const smallCount: Argument = fc.oneof(
  { weight: 4, arbitrary: fc.integer({ min: 0, max: 5 }).map(String) },
  { weight: 1, arbitrary: oddInteger },
);

const LONG_VALUE_CHARS = 5000;

export const value: Argument = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom("a", "b", "hello", "10", "-3", "x y") },
  { weight: 2, arbitrary: oddInteger },
  {
    weight: 2,
    arbitrary: fc.constantFrom("", "\0", "\r\n", "\xff\xfe", "$3\r\nSET\r\n", "message", "%s%n"),
  },
  { weight: 1, arbitrary: fc.string({ unit: "binary-ascii", maxLength: 20 }) },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 30 }).map(toBinary) },
  { weight: 1, arbitrary: fc.constant("long ".repeat(LONG_VALUE_CHARS / 5)) },
);

/** An argument that an error may quote: Redis' quote ends at a NUL, ours does not. */
export const quotable: Argument = value.filter((text) => !text.includes("\0"));

function toBinary(bytes: Uint8Array): string {
  return Buffer.from(bytes).latin1Slice();
}

const ODD_KEYS = ["", "{}", "a{b}c", "\0\xff\r\n"];

/** Few keys, so that commands meet; each family mostly uses its own, and sometimes another's. */
function keyOf(own: readonly string[], other: readonly string[]): Argument {
  return fc.oneof(
    { weight: 8, arbitrary: fc.constantFrom(...own) },
    { weight: 1, arbitrary: fc.constantFrom(...other, "missing", ...ODD_KEYS) },
  );
}

const STRINGS = ["k1", "k2"];
const LISTS = ["l1", "l2", "{l}3"];
const SETS = ["t1", "t2", "{t}3"];
const STREAMS = ["s1", "s2"];
/**
 * Streams with groups: their ids stay small, so that ids that are acknowledged and claimed meet them. No other type
 * takes their place: a waiting reader is told so in other words by 7.0 (docs/divergence.md).
 */
const GROUP_STREAMS = ["e1", "e2"];
/** Streams to wait for: XADD never trims them, see `watched` in data-commands.ts. */
export const WATCHED_STREAMS = ["w1", "w2"];

export const stringKey = keyOf(STRINGS, [...LISTS, ...STREAMS]);
export const listKey = keyOf(LISTS, [...STRINGS, ...STREAMS]);
export const setKey = keyOf(SETS, [...STRINGS, ...LISTS]);
/** Errors quote it. */
export const groupStreamKey = keyOf(GROUP_STREAMS, [...STRINGS, ...STREAMS]).filter(
  (key) => !key.includes("\0"),
);
export const streamKey = keyOf(STREAMS, [...STRINGS, ...LISTS]);
export const watchedStreamKey = keyOf(WATCHED_STREAMS, [...STRINGS, ...LISTS]);
export const anyKey = fc.constantFrom(
  ...STRINGS,
  ...LISTS,
  ...SETS,
  ...STREAMS,
  ...WATCHED_STREAMS,
  "missing",
  ...ODD_KEYS,
);

/** A word of the protocol in some mix of cases, and now and then another word. */
export function word(text: string): Argument {
  return fc.oneof(
    { weight: 6, arbitrary: fc.constantFrom(text, text.toLowerCase()) },
    { weight: 1, arbitrary: fc.mixedCase(fc.constant(text)) },
  );
}

/** Stream ids around 0, around each other, and at the ends of 64 bits. */
export const newStreamId: Argument = fc.oneof(
  { weight: 6, arbitrary: fc.tuple(fc.nat(12), fc.nat(3)).map(([ms, seq]) => `${ms}-${seq}`) },
  { weight: 2, arbitrary: fc.nat(12).map((ms) => `${ms}-*`) },
  { weight: 1, arbitrary: fc.constant("*") },
  {
    weight: 2,
    arbitrary: fc.constantFrom(
      ...["0-0", "0", "0-*", "5", "-", "+", "$", ">", "", "1-", "-1", "1-1-1", "1-01", "+1-1"],
      ...["18446744073709551615-18446744073709551615", "18446744073709551615-*", "1-*-1", "a-1"],
      ...["18446744073709551616-1", "1-18446744073709551615", "1-18446744073709551616", "**"],
      ...["18446744073709551614-18446744073709551615", "9007199254740993-1", "01-1", " 1-1"],
    ),
  },
);

export const rangeBound: Argument = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom("-", "+") },
  { weight: 2, arbitrary: newStreamId },
  { weight: 1, arbitrary: fc.nat(12).map(String) },
  { weight: 1, arbitrary: newStreamId.map((id) => `(${id}`) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      "(",
      "(-",
      "(+",
      "(0-0",
      "(18446744073709551615-18446744073709551615",
    ),
  },
);

/** Redis reads a time-out with strtold, so its idea of a number is C's. Not beyond 64 bits: 7.0 overflows there. */
export const oddTimeout: Argument = fc.constantFrom(
  ...["0.01", "0.001", ".01", "1e-2", "+0.01", "0x1p-7", "-1", "-0.01", "", "a", "0.01 ", " 0.01"],
  ...["nan", "-inf", "1e", "0x", "1.", "--1"],
);
