import fc from "fast-check";
import { command, optional, several, someOf, words, type Words } from "./command-parts.ts";
import {
  listKey,
  oddInteger,
  oddTimeout,
  smallCount,
  value,
  word,
  type Argument,
} from "./odd-arguments.ts";
import type { Command } from "./step.ts";

const END = ["LEFT", "RIGHT", "left", "rIGHT"] as const;
const end: Argument = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom(...END) },
  { weight: 1, arbitrary: fc.constantFrom("MIDDLE", "", "L") },
);
/** Elements that meet: most lists hold some of these. */
const element: Argument = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom("a", "b", "a", "1") },
  { weight: 1, arbitrary: value },
);
const position: Argument = fc.oneof(
  { weight: 3, arbitrary: fc.integer({ min: -6, max: 6 }).map(String) },
  { weight: 1, arbitrary: oddInteger },
);
/** Its negative is no 64-bit number: 7.0 overflows, 7.2 and we refuse it. */
const rank: Argument = position.filter((text) => text !== "-9223372036854775808");
const numberOfKeys: Argument = fc.oneof(
  { weight: 5, arbitrary: fc.constantFrom("1", "2") },
  { weight: 1, arbitrary: fc.constantFrom("0", "-1", "3", "x", "", "9223372036854775807", "01") },
);
const popOption: Words = fc.oneof(words(word("COUNT"), smallCount), words(value));

export const listCommand: fc.Arbitrary<Command> = fc.oneof(
  command(fc.constantFrom("LPUSH", "RPUSH", "lPush"), listKey, several(element)),
  command(fc.constantFrom("LPUSH", "RPUSH"), listKey, several(value, 30)),
  command(fc.constantFrom("RPUSH"), listKey, fc.array(element, { minLength: 150, maxLength: 300 })),
  command(fc.constantFrom("LPUSHX", "RPUSHX"), listKey, several(element)),
  command(fc.constantFrom("LPOP", "RPOP"), listKey),
  command(fc.constantFrom("LPOP", "RPOP"), listKey, smallCount),
  command(word("LLEN"), listKey),
  command(word("LRANGE"), listKey, oddInteger, oddInteger),
  command(word("LRANGE"), listKey, fc.constant("0"), fc.constant("-1")),
  command(word("LINDEX"), listKey, position),
  command(word("LSET"), listKey, position, value),
  command(word("LREM"), listKey, position, element),
  command(word("LTRIM"), listKey, position, position),
  command(
    word("LINSERT"),
    listKey,
    fc.constantFrom("BEFORE", "after", "BEFORE", "AFTER", "x"),
    element,
    value,
  ),
  command(
    word("LPOS"),
    listKey,
    element,
    someOf(
      words(word("RANK"), rank),
      words(word("COUNT"), smallCount),
      words(word("MAXLEN"), smallCount),
      value,
    ),
  ),
  command(word("LMOVE"), listKey, listKey, end, end),
  command(word("RPOPLPUSH"), listKey, listKey),
  command(word("LMPOP"), numberOfKeys, several(listKey, 2), end, optional(popOption)),
  command(word("LMPOP"), numberOfKeys, several(listKey, 3), end, someOf(popOption)),
);

const timeout = fc.constantFrom("0.01", "0.001", "1e-3");

/** End by themselves, soon. */
export const listWait: fc.Arbitrary<Command> = fc.oneof(
  command(
    fc.constantFrom("BLPOP", "BRPOP", "bLPop"),
    several(listKey),
    fc.oneof(timeout, oddTimeout),
  ),
  command(word("BLMOVE"), listKey, listKey, end, end, fc.oneof(timeout, oddTimeout)),
  command(word("BRPOPLPUSH"), listKey, listKey, fc.oneof(timeout, oddTimeout)),
  command(
    ...[word("BLMPOP"), fc.oneof(timeout, oddTimeout), numberOfKeys, several(listKey, 2), end],
    someOf(popOption),
  ),
);

const forEver = fc.constantFrom("0", "60", "0x10");
const realEnd = fc.constantFrom(...END);

/** Wait for another connection, or for the end of the sequence. Must be the last of a step. */
export const parkingListCommand: Words = fc.oneof(
  { weight: 3, arbitrary: words(fc.constantFrom("BLPOP", "BRPOP"), several(listKey, 3), forEver) },
  {
    weight: 2,
    arbitrary: words(fc.constant("BLMOVE"), listKey, listKey, realEnd, realEnd, forEver),
  },
  { weight: 1, arbitrary: words(fc.constant("BRPOPLPUSH"), listKey, listKey, forEver) },
  {
    weight: 1,
    arbitrary: words(
      ...[fc.constant("BLMPOP"), forEver, fc.constant("2"), listKey, listKey, realEnd],
      optional(words(fc.constant("COUNT"), fc.constantFrom("1", "2", "10"))),
    ),
  },
);
