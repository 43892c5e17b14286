import fc from "fast-check";
import { command, optional, several, someOf, words, type Words } from "./command-parts.ts";
import {
  newStreamId,
  oddInteger,
  rangeBound,
  smallCount,
  streamKey,
  value,
  watchedStreamKey,
  word,
  type Argument,
} from "./odd-arguments.ts";
import type { Command } from "./step.ts";

const operator = optional(fc.constantFrom("~", "=", "~", "?"));
const maxlen = words(word("MAXLEN"), operator, smallCount);
const minid = words(word("MINID"), operator, newStreamId);
const limit = words(word("LIMIT"), fc.oneof(smallCount, fc.constantFrom("0", "100")));
const trimOption = fc.oneof(maxlen, minid, limit);
/** `+` in XREAD is of 7.4. */
const streamIdOrOdd = fc
  .oneof(
    { weight: 4, arbitrary: newStreamId },
    { weight: 2, arbitrary: fc.constantFrom("0", "0-0", "$") },
  )
  .filter((id) => id !== "+");

const fieldsAndValues: Words = fc
  .array(fc.tuple(value, value), { minLength: 1, maxLength: 3 })
  .map((pairs) => pairs.flat());

/**
 * A blocked XREAD is served by Redis 7.0 also when XADD trims the new entry away at once, with no entries; 7.2 and
 * we keep it waiting. So what is waited for is never trimmed by XADD.
 */
const watched: readonly fc.Arbitrary<Command>[] = [
  command(word("XADD"), watchedStreamKey, newStreamId, fieldsAndValues),
  command(word("XADD"), watchedStreamKey, fc.constant("5-*"), fieldsAndValues),
  command(fc.constantFrom("XDEL"), watchedStreamKey, several(streamIdOrOdd)),
  command(fc.constantFrom("XTRIM"), watchedStreamKey, trimOption),
];

const streams: readonly fc.Arbitrary<Command>[] = [
  command(word("XADD"), streamKey, newStreamId, fieldsAndValues),
  command(word("XADD"), streamKey, fc.constant("1-*"), several(value, 3)),
  command(
    word("XADD"),
    streamKey,
    someOf(trimOption, word("NOMKSTREAM")),
    newStreamId,
    several(value, 3),
  ),
  command(word("XLEN"), streamKey),
  command(word("XRANGE"), streamKey, rangeBound, rangeBound),
  command(word("XREVRANGE"), streamKey, rangeBound, rangeBound),
  command(
    fc.constantFrom("XRANGE", "XREVRANGE"),
    ...[streamKey, rangeBound, rangeBound, someOf(words(word("COUNT"), smallCount), word("COUNT"))],
  ),
  command(word("XDEL"), streamKey, several(streamIdOrOdd)),
  command(word("XTRIM"), streamKey, trimOption),
  command(word("XTRIM"), streamKey, trimOption, someOf(trimOption, value)),
  command(word("XREAD"), word("STREAMS"), streamKey, streamIdOrOdd),
  command(
    ...[word("XREAD"), someOf(words(word("COUNT"), smallCount)), word("STREAMS")],
    fc
      .array(fc.tuple(streamKey, streamIdOrOdd), { minLength: 1, maxLength: 3 })
      .map((pairs) => [...pairs.map(([key]) => key), ...pairs.map(([, id]) => id)]),
  ),
  command(
    word("XREAD"),
    someOf(
      ...[words(word("COUNT"), oddInteger), words(word("GROUP"), value, value), word("NOACK")],
      ...[words(word("STREAMS"), several(streamKey))],
    ),
  ),
];

const xreadBlocking = (time: Argument): Words =>
  words(
    ...[word("XREAD"), optional(words(word("COUNT"), smallCount)), word("BLOCK"), time],
    ...[word("STREAMS"), watchedStreamKey, fc.constantFrom("$", "$", "0", "5-1")],
  );

/** Ends by itself, soon. */
export const streamWait: fc.Arbitrary<Command> = command(
  xreadBlocking(fc.constantFrom("1", "10", "-1", "x", "", "+1", "0.5")),
);

/** Waits for another connection, or for the end of the sequence. Must be the last of a step. */
export const parkingRead: Words = fc.oneof(
  { weight: 2, arbitrary: xreadBlocking(fc.constantFrom("0", "60000")) },
  {
    weight: 1,
    arbitrary: fc.constant(["XREAD", "COUNT", "2", "BLOCK", "0", "STREAMS", "w1", "w2", "$", "$"]),
  },
);

export const streamCommand: fc.Arbitrary<Command> = fc.oneof(
  { weight: 3, arbitrary: fc.oneof(...streams) },
  { weight: 1, arbitrary: fc.oneof(...watched) },
);
