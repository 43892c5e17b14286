import fc from "fast-check";
import { command, several, someOf, words, type Words } from "./command-parts.ts";
import {
  anyKey,
  listKey,
  oddInteger,
  setKey,
  value,
  WATCHED_STREAMS,
  word,
  type Argument,
} from "./odd-arguments.ts";
import type { Command } from "./step.ts";
import { duration, milliseconds, moment, momentMs } from "./string-commands.ts";

/** Seconds that do not pass in a test, and none beyond 2^53 ms: those are kept as a time a little earlier. */
const oddSeconds = oddInteger
  .filter((text) => !text.startsWith("90071"))
  .map((text) => (/^[1-8]$/.test(text) ? `${text}000` : text));
const condition: Words = someOf(...["NX", "XX", "GT", "LT", "ZZ"].map(word));
/** After the same duration a moment ago it depends on the moment whether this one ends later: regressions.ts has it. */
const conditionOfDuration = condition.filter((drawn) => !/\bGT\b/i.test(drawn.join(" ")));
const database: Argument = fc.constantFrom("0", "1", "9", "15", "16", "-1", "x", "");

const sortOption: Words = fc.oneof(
  ...["ASC", "DESC", "ALPHA"].map((option) => words(word(option))),
  // All or nothing: which of several equal ones come first is qsort's secret.
  words(word("LIMIT"), fc.constantFrom("0", "-1", "x"), fc.constantFrom("-1", "0", "x")),
  words(word("GET"), fc.constantFrom("#", "k*", "nokey_*", "*")),
  words(word("BY"), fc.constantFrom("nosort", "k*", "weight_*")),
  words(word("STORE"), anyKey),
  words(value),
);

export const keyspaceCommand: fc.Arbitrary<Command> = fc.oneof(
  { weight: 2, arbitrary: command(fc.constantFrom("DEL", "UNLINK"), several(anyKey)) },
  command(fc.constantFrom("EXISTS", "TOUCH"), several(anyKey)),
  command(word("TYPE"), anyKey),
  { weight: 2, arbitrary: command(fc.constantFrom("TTL", "ttl"), anyKey) },
  command(fc.constantFrom("PTTL"), anyKey),
  command(fc.constantFrom("EXPIRETIME", "PEXPIRETIME"), anyKey),
  command(word("PERSIST"), anyKey),
  command(word("EXPIRE"), anyKey, duration, conditionOfDuration),
  command(word("EXPIRE"), anyKey, oddSeconds, conditionOfDuration),
  command(word("PEXPIRE"), anyKey, milliseconds, conditionOfDuration),
  command(word("EXPIREAT"), anyKey, moment, condition),
  command(word("PEXPIREAT"), anyKey, momentMs, condition),
  {
    weight: 2,
    arbitrary: command(fc.constantFrom("RENAME", "RENAMENX"), anyKey, anyKey).filter(isServedAlike),
  },
  {
    weight: 2,
    arbitrary: command(
      ...[word("COPY"), anyKey, anyKey],
      someOf(word("REPLACE"), words(word("DB"), database), value),
    ).filter(isServedAlike),
  },
  command(word("MOVE"), anyKey, database),
  command(word("SWAPDB"), database, database),
  command(word("OBJECT"), fc.constantFrom("ENCODING", "nope", "FREQ"), anyKey),
  command(fc.constantFrom("SORT", "SORT_RO"), fc.oneof(listKey, setKey), someOf(sortOption)),
  command(fc.constantFrom("SORT"), listKey, word("ALPHA"), someOf(sortOption)),
  command(word("RESTORE"), anyKey, duration, value, someOf(word("REPLACE"), value)),
  command(word("DUMP"), fc.constant("never a key")),
  command(fc.constantFrom("KEYS"), fc.constantFrom("k*", "*1", "[ls]1", "nothing*", "\\k1", "")),
  command(
    word("SCAN"),
    // None that overflows: redis-server's SORT then may find ERANGE left behind in errno, and refuse sound numbers.
    fc.constantFrom("0", "0", "x", "", "0 "),
    scanOptions(),
  ),
  command(word("WAIT"), fc.constantFrom("0", "-1", "x"), fc.constantFrom("0", "1", "-1", "x")),
);

/** A stream whose newest entries were deleted takes the place of one that is waited for: 7.0 serves who waits, with none. */
function isServedAlike(drawn: Command): boolean {
  if (!("argv" in drawn)) return true;
  const [, source = "", destination = ""] = drawn.argv;
  return !WATCHED_STREAMS.includes(destination) || WATCHED_STREAMS.includes(source);
}

/** So few keys that Redis shows them at once, in an order of its own. */
function scanOptions(): Words {
  return fc.oneof(
    words(word("COUNT"), fc.constant("1000")),
    words(word("COUNT"), fc.constant("1000"), word("MATCH"), fc.constantFrom("k*", "*", "")),
    words(
      word("COUNT"),
      fc.constant("1000"),
      word("TYPE"),
      fc.constantFrom("list", "string", "SET", "x"),
    ),
    words(word("COUNT"), fc.constantFrom("0", "-1", "x")),
    words(value),
  );
}
