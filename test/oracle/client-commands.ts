import fc from "fast-check";
import { command, optional, several, someOf, words } from "./command-parts.ts";
import { anyKey, oddInteger, quotable, value, word } from "./odd-arguments.ts";
import type { Command } from "./step.ts";

// Pub/sub, connection and introspection commands, unknown ones, and bytes that are no command.

const channel = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom("news", "c1", "c2") },
  { weight: 1, arbitrary: fc.constantFrom("", "{}", "a{b}c", "\0\xff\r\n", "*", "[c]1") },
);
const pattern = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom("*", "c*", "c?", "n[e]ws", "c[0-1]", "c[^1]") },
  {
    weight: 1,
    arbitrary: fc.constantFrom("", "\\", "[", "[^", "c\\1", "{}", "[c-", "c[9-0]", "***"),
  },
);

const subscriptions: readonly fc.Arbitrary<Command>[] = [
  command(word("SUBSCRIBE"), several(channel, 3)),
  command(word("PSUBSCRIBE"), several(pattern, 3)),
  command(word("SSUBSCRIBE"), several(channel, 3)),
  command(fc.constantFrom("UNSUBSCRIBE", "SUNSUBSCRIBE"), several(channel, 2)),
  command(word("PUNSUBSCRIBE"), several(pattern, 2)),
  command(fc.constantFrom("UNSUBSCRIBE", "SUNSUBSCRIBE", "PUNSUBSCRIBE")),
];

const publishing: readonly fc.Arbitrary<Command>[] = [
  command(word("PUBLISH"), channel, value),
  command(word("SPUBLISH"), channel, value),
  command(word("PUBSUB"), fc.constantFrom("CHANNELS", "SHARDCHANNELS"), singleName()),
  command(word("PUBSUB"), fc.constantFrom("NUMSUB", "SHARDNUMSUB"), optional(several(channel))),
  command(word("PUBSUB"), fc.constantFrom("NUMPAT", "HELP", "nope"), optional(singleName())),
];

/** Redis lists channels in the order of a hash table, so no more than one may match. */
function singleName(): fc.Arbitrary<string> {
  return fc.constantFrom("news", "c1", "n*", "n[e]*", "?ews", "\\c2", "");
}

const connection: readonly fc.Arbitrary<Command>[] = [
  command(word("PING"), optional(several(value, 2))),
  command(word("ECHO"), value),
  command(word("SELECT"), fc.oneof(fc.constantFrom("0", "1", "15", "16"), oddInteger)),
  command(word("RESET")),
  command(word("QUIT"), optional(value)),
  command(word("AUTH"), several(fc.constantFrom("default", "secret", "", "x"), 3)),
  command(fc.constantFrom("DBSIZE", "FLUSHALL", "FLUSHDB")),
  command(
    fc.constantFrom("FLUSHALL", "FLUSHDB"),
    fc.constantFrom("ASYNC", "sync", "x"),
    optional(value),
  ),
  command(fc.constantFrom("READONLY", "READWRITE", "ASKING")),
];

const hello: readonly fc.Arbitrary<Command>[] = [
  command(word("HELLO"), fc.constantFrom("2", "3")),
  command(word("HELLO"), optional(fc.oneof(fc.constantFrom("2", "3"), oddInteger))),
  command(
    word("HELLO"),
    fc.constantFrom("2", "3"),
    someOf(
      words(word("SETNAME"), fc.constantFrom("me", "", "a b", "x\n", "\xe9")),
      words(word("AUTH"), fc.constantFrom("default", "root"), fc.constantFrom("", "secret")),
      quotable,
    ),
  ),
];

const clientId = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom("<id:0>", "<id:1>", "<id:2>") },
  { weight: 1, arbitrary: oddInteger.map((text) => (/^[1-8]$/.test(text) ? "0" : text)) },
);

const client: readonly fc.Arbitrary<Command>[] = [
  command(fc.constant("CLIENT"), fc.constantFrom("ID", "GETNAME", "id", "nope", "")),
  command(
    fc.constant("CLIENT"),
    word("SETNAME"),
    fc.oneof(fc.constantFrom("me", "you", "", "a b"), value),
  ),
  command(fc.constant("CLIENT"), word("NO-EVICT"), fc.constantFrom("ON", "off", "maybe")),
  command(
    fc.constant("CLIENT"),
    word("UNBLOCK"),
    clientId,
    someOf(fc.constantFrom("TIMEOUT", "error", "x")),
  ),
  command(
    fc.constant("CLIENT"),
    word("PAUSE"),
    fc.constantFrom("1", "0", "x", "-1", ""),
    someOf(fc.constantFrom("WRITE", "all", "x")),
  ),
  command(fc.constant("CLIENT"), word("UNPAUSE")),
  command(fc.constant("CLIENT"), word("REPLY"), fc.constantFrom("ON", "on", "x", "")),
  command(
    fc.constant("CLIENT"),
    word("LIST"),
    fc.constantFrom("TYPE", "ID", "x"),
    fc.constantFrom("nope", "-1", "", "x"),
  ),
  command(fc.constant("CLIENT"), word("KILL"), fc.constantFrom("127.0.0.1:1", "nobody", "")),
  command(
    fc.constant("CLIENT"),
    word("KILL"),
    someOf(
      words(word("ID"), clientId),
      words(word("TYPE"), fc.constantFrom("pubsub", "PUBSUB", "replica", "slave", "master", "x")),
      words(word("USER"), fc.constantFrom("root", "")),
      words(word("SKIPME"), fc.constantFrom("yes", "NO", "x")),
      words(word("LADDR"), fc.constantFrom("127.0.0.1:1", "x")),
      // Not a number: newer ones, and we, take several ids.
      fc.constantFrom("nope", ""),
    )
      .filter((filter) => filter.some((text) => /^(id|type|laddr|user)$/i.test(text)))
      // 7.0 takes the last of several, newer ones and we all of them.
      .filter((filter) => filter.filter((text) => /^id$/i.test(text)).length < 2),
  ),
];

const known = fc.constantFrom(
  "get",
  "XADD",
  "blpop",
  "spublish",
  "set",
  "nope",
  "",
  "lrange",
  "xread",
);
const keyed: readonly fc.Arbitrary<readonly string[]>[] = [
  words(
    fc.constantFrom("get", "SET", "DEL", "xadd", "publish", "SPUBLISH", "nope", "PING"),
    several(anyKey),
  ),
  words(
    fc.constantFrom("XREAD"),
    someOf(words(word("COUNT"), value)),
    word("STREAMS"),
    several(anyKey),
  ),
];

const introspection: readonly fc.Arbitrary<Command>[] = [
  command(word("COMMAND"), fc.constantFrom("INFO", "DOCS"), several(known, 2)),
  command(word("COMMAND"), fc.constantFrom("GETKEYS", "GETKEYSANDFLAGS"), fc.oneof(...keyed)),
  command(
    word("COMMAND"),
    fc.constantFrom("nope", "COUNT", "GETKEYS", "LIST"),
    several(quotable, 2),
  ),
  command(
    word("COMMAND"),
    word("LIST"),
    word("FILTERBY"),
    fc.constantFrom("PATTERN", "MODULE", "ACLCAT", "x"),
    fc.constantFrom("xad*", "nope", ""),
  ),
  command(
    fc.constant("CONFIG"),
    word("GET"),
    fc.constantFrom(
      ...["appendonly", "databases", "TIMEOUT", "stream-node-max-entries", "proto-max-bulk-len"],
      ...["client-output-buffer-limit", "maxmemory-policy", "nope", "", "save", "requirepass"],
    ),
  ),
  command(
    fc.constant("CONFIG"),
    fc.constantFrom("GET", "SET", "nope", "RESETSTAT"),
    optional(fc.constantFrom("nope", "")),
  ),
  command(
    fc.constant("CONFIG"),
    word("SET"),
    fc.constantFrom("nope", "timeout"),
    fc.constantFrom("x", "", "-1"),
    optional(fc.constant("y")),
  ),
];

const slotNumber = fc.oneof(fc.constantFrom("0", "16383", "16384", "-1", "866"), oddInteger);
/** Keys of one slot are listed newest first by Redis, so no more than one is asked for. */
const cluster: readonly fc.Arbitrary<Command>[] = [
  command(word("CLUSTER"), word("KEYSLOT"), fc.oneof(anyKey, value)),
  command(word("CLUSTER"), word("COUNTKEYSINSLOT"), slotNumber),
  command(word("CLUSTER"), word("GETKEYSINSLOT"), slotNumber, fc.constantFrom("0", "-1", "x", "")),
  command(word("CLUSTER"), fc.constantFrom("nope", "", "KEYSLOT"), optional(quotable)),
];

/** Every name with any number of arguments: arity errors, and what is accepted by accident. */
const anyArity: readonly fc.Arbitrary<Command>[] = [
  command(
    fc.constantFrom(
      ...["GET", "SET", "DEL", "EXISTS", "TYPE", "INCR", "EXPIRE", "TTL", "LPUSH", "RPUSH", "LPOP"],
      ...[
        "RPOP",
        "LLEN",
        "LRANGE",
        "XADD",
        "XLEN",
        "XRANGE",
        "XREVRANGE",
        "XREAD",
        "XDEL",
        "XTRIM",
      ],
      ...["PUBLISH", "SPUBLISH", "SUBSCRIBE", "PSUBSCRIBE", "SSUBSCRIBE", "PUBSUB", "ECHO", "PING"],
      ...[
        "CLIENT",
        "CONFIG",
        "COMMAND|COUNT",
        "HELLO",
        "AUTH",
        "SELECT",
        "RESET",
        "DBSIZE",
        "TIME",
      ],
      ...["BLPOP", "BRPOP"],
    ),
    fc.array(quotable, { maxLength: 5 }),
  ).filter((drawn) => !(isAnsweredWithTime(drawn) || mayBlock(drawn))),
  command(
    fc.constantFrom("", "nope", "get ", "GE T", "\xff", "a".repeat(200), "client|id", "a\r\nb"),
    fc.array(quotable, { maxLength: 5 }),
  ),
];

function isAnsweredWithTime(drawn: Command): boolean {
  return "argv" in drawn && drawn.argv.length === 1 && drawn.argv[0] === "TIME";
}

/** A blocking pop whose last argument happens to be a number. */
function mayBlock(drawn: Command): boolean {
  if (!("argv" in drawn)) return false;
  return /^B[LR]POP$/.test(drawn.argv[0] ?? "") && /[\d]/.test(drawn.argv.at(-1) ?? "");
}

/** Replies that are off, and on again before the marker. */
export function mutedBatch(commands: readonly Command[]): readonly Command[] {
  return [{ argv: ["CLIENT", "REPLY", "OFF"] }, ...commands, { argv: ["CLIENT", "REPLY", "ON"] }];
}

/** Inline commands, and what is not the protocol at all: most of these end the connection. */
export const rawBytes: fc.Arbitrary<Command> = fc
  .constantFrom(
    ...[
      "PING\r\n",
      "PING\n",
      'ECHO "a\\x41\\n\\"b"\r\n',
      "ECHO 'it\\'s'\r\n",
      "\r\n",
      "   \r\n",
      "GET\r\n",
    ],
    ...[
      "ECHO a  b\r\n",
      'SET k1 ""\r\n',
      'ECHO "open\r\n',
      "ECHO 'a'b\r\n",
      'ECHO "a"b\r\n',
      "ECHO \\x41\r\n",
    ],
    ...[
      "*0\r\n",
      "*-1\r\n",
      "*-10\r\n",
      "*a\r\n",
      "*\r\n",

      "*99999999999999999999\r\n",
      "*01\r\n",
      "*+1\r\n",
      "*1 \r\n",
    ],
    ...[
      "*1\r\n:1\r\n",
      "*1\r\nPING\r\n",
      "*1\r\n\r\n",
      "*1\r\n$-1\r\n",
      "*1\r\n$a\r\n",
      "*1\r\n$\r\n",
      "*1\r\n$01\r\nP\r\n",
    ],
    ...[
      "*1\r\n$536870913\r\n",
      "*1\r\n$99999999999999999999\r\n",
      "*2\r\n$4\r\nPING\r\n*1\r\n",
      "*1\r\n$ 4\r\nPING\r\n",
    ],
    // What ends the connection at once is in request-parsing.test.ts, alone: which replies of the requests before it had
    // left depends on how the bytes arrive.
    "GET / HTTP/1.1\r\n",
    ...[
      "*1\r\n$4\r\nPINGxx",
      "\x16\x03\x01\r\n",
      "*1\n$4\nPING\n\r\n",
      "+OK\r\n",
      "$4\r\nPING\r\n",
    ],
  )
  .map((raw) => ({ raw }));

export const pubsubCommand: fc.Arbitrary<Command> = fc.oneof(
  { weight: 2, arbitrary: fc.oneof(...subscriptions) },
  { weight: 3, arbitrary: fc.oneof(...publishing) },
);

export const connectionCommand: fc.Arbitrary<Command> = fc.oneof(
  { weight: 3, arbitrary: fc.oneof(...connection) },
  { weight: 2, arbitrary: fc.oneof(...hello) },
  { weight: 3, arbitrary: fc.oneof(...client) },
  { weight: 2, arbitrary: fc.oneof(...introspection) },
  { weight: 1, arbitrary: fc.oneof(...cluster) },
  { weight: 3, arbitrary: fc.oneof(...anyArity) },
);
