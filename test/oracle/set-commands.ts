import fc from "fast-check";
import { command, several, someOf, words, type Words } from "./command-parts.ts";
import { setKey, smallCount, value, word, type Argument } from "./odd-arguments.ts";
import type { Command } from "./step.ts";

/** Numbers make an intset of it, which is sorted; anything else a hash table. */
const member: Argument = fc.oneof(
  { weight: 4, arbitrary: fc.integer({ min: -3, max: 9 }).map(String) },
  { weight: 3, arbitrary: fc.constantFrom("a", "b", "c", "d") },
  { weight: 1, arbitrary: value },
);
const numberOfKeys: Argument = fc.oneof(
  { weight: 5, arbitrary: fc.constantFrom("1", "2") },
  { weight: 1, arbitrary: fc.constantFrom("0", "-1", "3", "x", "", "9223372036854775807") },
);
const limit: Words = words(word("LIMIT"), smallCount);

/** Which of the members a random choice takes cannot be compared: all of them, none of them, or an error. */
const choice: Argument = fc.constantFrom("1000", "0", "x", "", "9223372036854775808");

export const setCommand: fc.Arbitrary<Command> = fc.oneof(
  { weight: 4, arbitrary: command(word("SADD"), setKey, several(member)) },
  command(word("SADD"), setKey, fc.array(member, { minLength: 100, maxLength: 200 })),
  command(
    word("SADD"),
    setKey,
    fc.nat(600).map((size) => Array.from({ length: size + 1 }, (_, at) => String(at * 7))),
  ),
  { weight: 2, arbitrary: command(word("SREM"), setKey, several(member)) },
  command(word("SISMEMBER"), setKey, member),
  command(word("SMISMEMBER"), setKey, several(member)),
  command(word("SCARD"), setKey),
  { weight: 2, arbitrary: command(word("SMEMBERS"), setKey) },
  command(word("SMOVE"), setKey, setKey, member),
  {
    weight: 2,
    arbitrary: command(fc.constantFrom("SINTER", "SUNION", "SDIFF"), several(setKey, 3)),
  },
  {
    weight: 2,
    arbitrary: command(
      fc.constantFrom("SINTERSTORE", "SUNIONSTORE", "SDIFFSTORE"),
      setKey,
      several(setKey, 3),
    ),
  },
  command(word("SINTERCARD"), numberOfKeys, several(setKey, 2), someOf(limit, value)),
  command(word("SPOP"), setKey, choice),
  command(word("SRANDMEMBER"), setKey, choice),
  command(word("OBJECT"), word("ENCODING"), setKey),
  command(
    word("SSCAN"),
    setKey,
    fc.constantFrom("0", "0", "x"),
    fc.oneof(
      words(word("COUNT"), fc.constant("10000")),
      words(word("COUNT"), fc.constant("10000"), word("MATCH"), fc.constantFrom("[ab]*", "1*", "")),
      words(value),
    ),
  ),
);
