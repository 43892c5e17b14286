import fc from "fast-check";
import { command, several, someOf, words, type Words } from "./command-parts.ts";
import { anyKey, oddInteger, stringKey, value, word, type Argument } from "./odd-arguments.ts";
import type { Command } from "./step.ts";

/** Seconds and milliseconds that end the key now, or not while a sequence runs. */
export const duration: Argument = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom("100", "1000", "5000000") },
  { weight: 1, arbitrary: fc.constantFrom("-1", "0", "-100000", "x", "+5", "", "1.5") },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      ...["9223372036854775807", "9223372036854775808", "-9223372036854775808", "-99999999999999"],
      ...["9223372036854775", "-9223372036854775"],
    ),
  },
);
export const milliseconds: Argument = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom("100000", "1000000") },
  { weight: 1, arbitrary: fc.constantFrom("-1", "0", "x", "", "9223372036854775807") },
);
export const moment: Argument = fc.constantFrom(
  "0",
  "-1",
  "99999999999",
  "x",
  "9223372036854775807",
);
export const momentMs: Argument = moment.map((text) => (text.length > 5 ? `${text}000` : text));

const expiryOption: readonly Words[] = [
  words(word("EX"), duration),
  words(word("PX"), milliseconds),
  words(word("EXAT"), moment),
  words(word("PXAT"), momentMs),
];
const setOption: Words = fc.oneof(
  words(fc.oneof(...["NX", "XX", "GET", "KEEPTTL"].map(word))),
  ...expiryOption,
  words(value),
);
const getexOption: Words = fc.oneof(words(word("PERSIST")), ...expiryOption, words(value));

/** Decimal fractions as strtold takes them; sums whose digits the two sides must print alike. */
const float: Argument = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom("0.5", "1.5", "-0.25", "3", "10.125", "1e2", "-1e-2") },
  {
    weight: 2,
    arbitrary: fc.constantFrom(
      ...["x", "", "nan", "inf", "-inf", " 1", "1 ", "0x10", "1e400", "3.0e3", ".5", "5.", "+1"],
    ),
  },
);
const offset: Argument = fc.oneof(
  { weight: 4, arbitrary: fc.integer({ min: -7, max: 20 }).map(String) },
  { weight: 1, arbitrary: fc.constantFrom("x", "", "-9223372036854775808", "536870912", "01") },
);
const pairs: Words = fc
  .array(fc.tuple(stringKey, value), { minLength: 1, maxLength: 3 })
  .map((drawn) => drawn.flat());

export const stringCommand: fc.Arbitrary<Command> = fc.oneof(
  { weight: 3, arbitrary: command(word("GET"), stringKey) },
  { weight: 3, arbitrary: command(word("SET"), stringKey, value) },
  { weight: 2, arbitrary: command(word("SET"), stringKey, oddInteger) },
  { weight: 3, arbitrary: command(word("SET"), stringKey, value, someOf(setOption)) },
  command(word("SET"), stringKey, value, fc.constantFrom("EX", "px", "EXAT", "PXAT")),
  command(word("SET"), anyKey, value),
  command(fc.constantFrom("INCR", "DECR", "incr"), stringKey),
  command(fc.constantFrom("INCRBY", "DECRBY"), stringKey, oddInteger),
  command(word("INCRBYFLOAT"), stringKey, float),
  command(word("APPEND"), stringKey, value),
  command(word("STRLEN"), stringKey),
  command(fc.constantFrom("GETRANGE", "SUBSTR"), stringKey, offset, offset),
  command(word("SETRANGE"), stringKey, offset, fc.oneof(value, fc.constant(""))),
  command(word("MGET"), several(anyKey)),
  command(fc.constantFrom("MSET", "MSETNX"), pairs),
  command(fc.constantFrom("MSET", "MSETNX"), several(stringKey, 3)),
  command(word("SETEX"), stringKey, duration, value),
  command(word("PSETEX"), stringKey, milliseconds, value),
  command(word("SETNX"), stringKey, value),
  command(fc.constantFrom("GETSET"), stringKey, value),
  command(fc.constantFrom("GETDEL"), stringKey),
  command(word("GETEX"), stringKey, someOf(getexOption)),
);
