import fc from "fast-check";
import { command, optional, several, someOf, words, type Words } from "./command-parts.ts";
import {
  groupStreamKey,
  newStreamId,
  oddInteger,
  quotable,
  rangeBound,
  smallCount,
  value,
  word,
  type Argument,
} from "./odd-arguments.ts";
import type { Command } from "./step.ts";

const existingKey: Argument = fc.constantFrom("e1", "e2");
const group: Argument = fc.oneof(
  { weight: 9, arbitrary: fc.constantFrom("g", "g", "h") },
  { weight: 1, arbitrary: fc.constantFrom("", "nogroup", "\xff\r\n") },
);
/**
 * Who waits in another group of the stream is served by 7.0 when one is destroyed, with no entries, if its newest entry
 * was deleted (docs/divergence.md). So only groups that are waited for are destroyed.
 */
const waitedGroup: Argument = fc.constantFrom("g", "g", "g", "nogroup");
const consumer: Argument = fc.constantFrom("c1", "c2", "c1", "c2", "STREAMS");
const id: Argument = fc.oneof(
  { weight: 6, arbitrary: fc.tuple(fc.nat(12), fc.nat(3)).map(([ms, seq]) => `${ms}-${seq}`) },
  { weight: 1, arbitrary: newStreamId },
);
const idOrLast: Argument = fc.oneof(id, fc.constantFrom("$", "0", "0-0"));
/** Nothing gets old while a sequence runs: 0 is always idle for long enough, an hour never. */
const minIdle: Argument = fc.constantFrom("0", "0", "0", "3600000", "-1", "x", "");
/** Not above what was ever added: 7.0 believes it, 8.2 and we do not. */
const entriesRead: Argument = fc.constantFrom("0", "-1", "-2", "x", "");
const fieldsAndValues: Words = fc
  .array(fc.tuple(value, value), { minLength: 1, maxLength: 2 })
  .map((pairs) => pairs.flat());

/** Redis sets memory aside for so many ids before it looks, and refuses what it does not have. */
const autoclaimCount: Argument = fc.constantFrom("1", "2", "3", "10", "0", "-1", "x", "");
const readOptions = someOf(
  words(word("COUNT"), smallCount),
  word("NOACK"),
  words(word("BLOCK"), fc.constantFrom("1", "5", "-1", "x")),
);
const historyOrNew: Argument = fc.oneof(
  { weight: 5, arbitrary: fc.constant(">") },
  { weight: 2, arbitrary: fc.constantFrom("0", "0-0") },
  {
    weight: 1,
    arbitrary: fc.oneof(id, fc.constantFrom("$", "x", "")).filter((from) => from !== "+"),
  },
);
const streamsAndIds: Words = fc
  .array(fc.tuple(groupStreamKey, historyOrNew), { minLength: 1, maxLength: 2 })
  .map((pairs) => [...pairs.map(([key]) => key), ...pairs.map(([, from]) => from)]);

const claimOption: Words = fc.oneof(
  words(word("IDLE"), fc.constantFrom("0", "100", "-1", "x")),
  words(word("TIME"), fc.constantFrom("0", "1000", "x")),
  words(word("RETRYCOUNT"), fc.oneof(smallCount, fc.constantFrom("9223372036854775807"))),
  words(word("FORCE")),
  words(word("JUSTID")),
  words(word("LASTID"), id),
  words(quotable),
);

/** Redis 7.0 makes the consumer when it gets something; 7.2, and we, when it asks for it. */
function asConsumer(claim: fc.Arbitrary<Command>): fc.Arbitrary<Command> {
  return claim.map((drawn) => {
    const [, key = "", ofGroup = "", name = ""] = "argv" in drawn ? drawn.argv : [];
    return { ...drawn, first: [["XGROUP", "CREATECONSUMER", key, ofGroup, name]] };
  });
}

/** As above, in each stream that it reads. */
export function asReader(argv: readonly string[]): Command {
  const [, , ofGroup = "", name = ""] = argv;
  const at = argv.findIndex((text, index) => index > 3 && text.toLowerCase() === "streams");
  const keys = argv.slice(at + 1, at + 1 + Math.ceil((argv.length - at - 1) / 2));
  return {
    argv,
    first: keys.map((key) => ["XGROUP", "CREATECONSUMER", key, ofGroup, name]),
  };
}

export const groupCommand: fc.Arbitrary<Command> = fc.oneof(
  { weight: 5, arbitrary: command(word("XADD"), groupStreamKey, newStreamId, fieldsAndValues) },
  {
    weight: 2,
    arbitrary: command(word("XADD"), groupStreamKey, fc.constant("13-*"), fieldsAndValues),
  },
  {
    weight: 3,
    arbitrary: command(
      ...[word("XGROUP"), word("CREATE"), groupStreamKey, group, idOrLast],
      someOf(word("MKSTREAM"), words(word("ENTRIESREAD"), entriesRead)),
    ),
  },
  {
    weight: 2,
    arbitrary: command(
      ...[word("XGROUP"), word("CREATE"), groupStreamKey, group, fc.constant("0")],
      word("MKSTREAM"),
    ),
  },
  command(
    ...[word("XGROUP"), word("SETID"), groupStreamKey, group],
    fc.oneof({ weight: 3, arbitrary: idOrLast }, fc.constantFrom("-", "+")),
    someOf(words(word("ENTRIESREAD"), entriesRead), value),
  ),
  command(word("XGROUP"), word("DESTROY"), groupStreamKey, waitedGroup),
  command(
    word("XGROUP"),
    fc.constantFrom("CREATECONSUMER", "DELCONSUMER"),
    groupStreamKey,
    group,
    consumer,
  ),
  command(word("XGROUP"), fc.constantFrom("nope", "CREATE", "SETID"), optional(several(value, 2))),
  {
    weight: 8,
    arbitrary: words(
      ...[word("XREADGROUP"), word("GROUP"), group, consumer, readOptions],
      ...[word("STREAMS"), streamsAndIds],
    ).map(asReader),
  },
  command(word("XREADGROUP"), word("GROUP"), group, consumer, several(value, 3)),
  { weight: 3, arbitrary: command(word("XACK"), groupStreamKey, group, several(id)) },
  { weight: 2, arbitrary: command(word("XPENDING"), groupStreamKey, group) },
  {
    weight: 3,
    arbitrary: command(
      ...[word("XPENDING"), groupStreamKey, group],
      ...[optional(words(word("IDLE"), minIdle)), rangeBound, rangeBound, smallCount],
      optional(consumer),
    ),
  },
  {
    weight: 4,
    arbitrary: asConsumer(
      command(
        ...[word("XCLAIM"), groupStreamKey, group, consumer, minIdle, several(id, 3)],
        someOf(claimOption),
      ),
    ),
  },
  {
    weight: 3,
    arbitrary: asConsumer(
      command(
        ...[word("XAUTOCLAIM"), groupStreamKey, group, consumer, minIdle, fc.oneof(rangeBound, id)],
        someOf(words(word("COUNT"), autoclaimCount), word("JUSTID"), value),
      ),
    ),
  },
  { weight: 2, arbitrary: command(word("XDEL"), groupStreamKey, several(id, 3)) },
  command(word("XTRIM"), groupStreamKey, fc.constantFrom("MAXLEN", "MINID"), smallCount),
  command(word("XLEN"), groupStreamKey),
  command(
    // Never below an entry that was deleted: 7.0 lets it, newer ones and we do not.
    ...[word("XSETID"), groupStreamKey, fc.constantFrom("13-50", "13-51", "x", "")],
    someOf(words(word("ENTRIESADDED"), oddInteger), words(word("MAXDELETEDID"), id), value),
  ),
  {
    weight: 2,
    arbitrary: command(word("XINFO"), fc.constantFrom("GROUPS", "STREAM"), groupStreamKey),
  },
  command(word("XINFO"), word("CONSUMERS"), groupStreamKey, group),
  command(
    ...[word("XINFO"), word("STREAM"), groupStreamKey, word("FULL")],
    optional(words(word("COUNT"), smallCount)),
  ),
  command(word("XINFO"), fc.constantFrom("nope", "HELP", "GROUPS"), optional(several(value, 2))),
  command(fc.constantFrom("DEL", "UNLINK"), groupStreamKey),
  // No RENAME: a reader that waits for a group is then a consumer of the one that takes its place, as in 7.2, not 7.0.
  // No REPLACE: 7.0 serves who waits there, with no entries, when the newest were deleted (docs/divergence.md): regressions.ts.
  command(word("COPY"), existingKey, existingKey),
);

/** Wait for an entry, or for the end of the group. Must be the last of a step. */
export const parkingGroupRead: Words = words(
  ...[fc.constant("XREADGROUP"), fc.constant("GROUP"), waitedGroup, consumer],
  ...[optional(words(fc.constant("COUNT"), fc.constantFrom("1", "2")))],
  ...[fc.constant("BLOCK"), fc.constantFrom("0", "60000"), fc.constant("STREAMS"), groupStreamKey],
  fc.constant(">"),
);
