import fc from "fast-check";
import {
  anyKey,
  listKey,
  newStreamId,
  oddInteger,
  oddTimeout,
  rangeBound,
  smallCount,
  streamKey,
  stringKey,
  value,
  watchedStreamKey,
  word,
  type Argument,
} from "./odd-arguments.ts";
import type { Command } from "./step.ts";

// Strings, keyspace, lists and streams: mostly sensible, so that there is data, and often not.

type Words = fc.Arbitrary<readonly string[]>;

/** Joins arguments and lists of them into one command. */
export function command(...parts: readonly (Argument | Words)[]): fc.Arbitrary<Command> {
  return words(...parts).map((argv) => ({ argv }));
}

export function words(...parts: readonly (Argument | Words)[]): Words {
  return fc.tuple(...parts).map((drawn) => drawn.flat());
}

export function optional(part: Argument | Words): Words {
  return fc.option(words(part), { nil: [] });
}

/** Some of the options, in any order, some of them twice. */
export function someOf(...options: readonly (Argument | Words)[]): Words {
  return fc
    .array(fc.oneof(...options.map((option) => words(option))), { maxLength: 3 })
    .map((drawn) => drawn.flat());
}

export function several(argument: Argument, maxLength = 4): Words {
  return fc.array(argument, { minLength: 1, maxLength });
}

/** Seconds and milliseconds that end the key now, or not while a sequence runs. */
const duration = fc.oneof(
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
/** Seconds that do not pass in a test, and none beyond 2^53 ms: those are kept as a time a little earlier. */
const oddSeconds = oddInteger
  .filter((text) => !text.startsWith("90071"))
  .map((text) => (/^[1-8]$/.test(text) ? `${text}000` : text));
const milliseconds = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom("100000", "1000000") },
  { weight: 1, arbitrary: fc.constantFrom("-1", "0", "x", "", "9223372036854775807") },
);
const moment = fc.constantFrom("0", "-1", "99999999999", "x", "9223372036854775807");

const setOption: Words = fc.oneof(
  words(fc.oneof(...["NX", "XX", "GET", "KEEPTTL"].map(word))),
  words(word("EX"), duration),
  words(word("PX"), milliseconds),
  words(word("EXAT"), moment),
  words(
    word("PXAT"),
    moment.map((text) => (text.length > 5 ? `${text}000` : text)),
  ),
  words(value),
);

const strings: readonly fc.Arbitrary<Command>[] = [
  command(word("GET"), stringKey),
  command(word("SET"), stringKey, value),
  command(word("SET"), stringKey, value, someOf(setOption)),
  command(word("SET"), stringKey, value, fc.constantFrom("EX", "px", "EXAT", "PXAT")),
  command(word("SET"), anyKey, value),
  command(word("INCR"), stringKey),
  command(fc.constant("SET"), stringKey, oddInteger),
];

const keyspace: readonly fc.Arbitrary<Command>[] = [
  command(word("DEL"), several(anyKey)),
  command(word("EXISTS"), several(anyKey)),
  command(word("TYPE"), anyKey),
  command(word("TTL"), anyKey),
  command(word("EXPIRE"), anyKey, duration),
  command(word("EXPIRE"), anyKey, duration, someOf(...["NX", "XX", "GT", "LT", "ZZ"].map(word))),
  command(word("EXPIRE"), anyKey, oddSeconds, someOf(...["NX", "XX", "GT", "LT"].map(word))),
];

const lists: readonly fc.Arbitrary<Command>[] = [
  command(fc.constantFrom("LPUSH", "RPUSH", "lPush"), listKey, several(value)),
  command(fc.constantFrom("LPUSH", "RPUSH"), listKey, several(value, 30)),
  command(fc.constantFrom("LPOP", "RPOP"), listKey),
  command(fc.constantFrom("LPOP", "RPOP"), listKey, smallCount),
  command(word("LLEN"), listKey),
  command(word("LRANGE"), listKey, oddInteger, oddInteger),
  command(word("LRANGE"), listKey, fc.constant("0"), fc.constant("-1")),
];

const operator = optional(fc.constantFrom("~", "=", "~", "?"));
const maxlen = words(word("MAXLEN"), operator, smallCount);
const minid = words(word("MINID"), operator, newStreamId);
const limit = words(word("LIMIT"), fc.oneof(smallCount, fc.constantFrom("0", "100")));
const trimOption = fc.oneof(maxlen, minid, limit);
const streamIdOrOdd = fc.oneof(
  { weight: 4, arbitrary: newStreamId },
  { weight: 2, arbitrary: fc.constantFrom("0", "0-0", "$") },
);

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

const timeout = fc.constantFrom("0.01", "0.001", "1e-3");
const blockingPop = fc.constantFrom("BLPOP", "BRPOP", "bLPop");
const xreadBlocking = (time: Argument): Words =>
  words(
    ...[word("XREAD"), optional(words(word("COUNT"), smallCount)), word("BLOCK"), time],
    ...[word("STREAMS"), watchedStreamKey, fc.constantFrom("$", "$", "0", "5-1")],
  );

/** End by themselves, soon. */
const waits: readonly fc.Arbitrary<Command>[] = [
  command(blockingPop, several(listKey), timeout),
  command(blockingPop, several(listKey), oddTimeout),
  command(xreadBlocking(fc.constantFrom("1", "10", "-1", "x", "", "+1", "0.5"))),
];

/** Wait for another connection, or for the end of the sequence. Must be the last of a step. */
export const parkingCommand: fc.Arbitrary<Command> = fc
  .oneof(
    {
      weight: 3,
      arbitrary: words(blockingPop, several(listKey, 3), fc.constantFrom("0", "60", "0x10")),
    },
    { weight: 2, arbitrary: xreadBlocking(fc.constantFrom("0", "60000")) },
    {
      weight: 1,
      arbitrary: words(
        fc.constantFrom("XREAD"),
        fc.constant(["COUNT", "2", "BLOCK", "0", "STREAMS", "w1", "w2", "$", "$"]),
      ),
    },
  )
  .map((argv) => ({ argv, parks: true }));

export const dataCommand: fc.Arbitrary<Command> = fc.oneof(
  { weight: 3, arbitrary: fc.oneof(...strings) },
  { weight: 2, arbitrary: fc.oneof(...keyspace) },
  { weight: 4, arbitrary: fc.oneof(...lists) },
  { weight: 6, arbitrary: fc.oneof(...streams) },
  { weight: 2, arbitrary: fc.oneof(...watched) },
);

export const waitingCommand: fc.Arbitrary<Command> = fc.oneof(...waits);
