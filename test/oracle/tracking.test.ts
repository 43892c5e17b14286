import { randomInt } from "node:crypto";
import { startNode } from "@slotcast/testkit";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { mutedBatch } from "./client-commands.ts";
import { command, optional, several, someOf, words } from "./command-parts.ts";
import { ComparedServer } from "./compared-server.ts";
import { word } from "./odd-arguments.ts";
import { redisServerVersion, startRedisServer } from "./redis-server.ts";
import { commandCount } from "./sequence.ts";
import { showSequence, type Command, type Sequence, type Step } from "./step.ts";

// Goal: a client that tracks keys is told what redis-server 7.0 tells, when it does, but for docs/divergence.md.
// Method: random sequences, the same to both; every byte that comes back is compared. Connections 0 and 1 write;
// 2 reads, listens, and is redirected to; 3 tracks from beginning to end, so that nothing is forgotten in between.

const SEED = Number(process.env["ORACLE_SEED"] ?? randomInt(2 ** 31));
const COMMANDS_MIN = Number(process.env["ORACLE_COMMANDS"] ?? 15_000);
const SEQUENCES_MAX = 5000;
const TEST_WITHIN_MS = 120_000;
const COMPARE_WITHIN_MS = 100_000;
const STEPS_MAX = 40;
const WRITERS = 2;
const LISTENER = 2;
const KEEPER = 3;

const key = fc.constantFrom("k1", "k2", "key", "other", "");
const number = fc.constantFrom("1", "2", "3");

const reading: fc.Arbitrary<Command> = fc.oneof(
  command(word("GET"), key),
  command(fc.constantFrom("MGET", "EXISTS"), several(key, 3)),
  command(fc.constantFrom("STRLEN", "TYPE", "TTL"), key),
  command(word("LRANGE"), key, fc.constant("0"), fc.constant("-1")),
  command(word("GET")),
);

const writing: fc.Arbitrary<Command> = fc.oneof(
  command(word("SET"), key, number),
  command(word("MSET"), words(key, number), optional(words(key, number))),
  command(word("DEL"), several(key, 2)),
  command(fc.constantFrom("INCR", "GETDEL", "PERSIST"), key),
  command(word("EXPIRE"), key, fc.constantFrom("1000", "-1")),
  command(fc.constantFrom("RPUSH", "LPUSH"), key, number),
  command(word("RENAME"), key, key),
  command(fc.constantFrom("FLUSHALL", "FLUSHDB")),
);

const prefix = fc.constantFrom("k", "k1", "ke", "o", "", "x");
const tracking: fc.Arbitrary<Command> = fc.oneof(
  command(
    fc.constant("CLIENT"),
    word("TRACKING"),
    word("ON"),
    someOf(
      ...[word("BCAST"), word("OPTIN"), word("OPTOUT"), word("NOLOOP")],
      words(word("PREFIX"), prefix),
      words(word("REDIRECT"), fc.constantFrom("<id:2>", "<id:2>", "0", "x")),
    ),
  ),
  command(fc.constant("CLIENT"), word("TRACKING"), fc.constantFrom("ON", "OFF", "x")),
  command(fc.constant("CLIENT"), word("CACHING"), fc.constantFrom("YES", "no", "x")),
  command(fc.constant("CLIENT"), fc.constantFrom("TRACKINGINFO", "GETREDIR", "CACHING")),
);

const manner: fc.Arbitrary<Command> = fc.oneof(
  command(word("HELLO"), fc.constantFrom("2", "3")),
  command(word("RESET")),
  command(fc.constantFrom("PING", "NOSUCH")),
  command(word("SELECT"), fc.constantFrom("0", "1")),
);

const listening: fc.Arbitrary<Command> = fc.oneof(
  command(word("SUBSCRIBE"), fc.constantFrom("__redis__:invalidate", "news")),
  command(word("UNSUBSCRIBE"), fc.constantFrom("__redis__:invalidate", "news")),
);

function someOrTransaction(one: fc.Arbitrary<Command>): fc.Arbitrary<readonly Command[]> {
  const some = fc.array(one, { minLength: 1, maxLength: 6 });
  const transaction = some.map((queued) => [{ argv: ["MULTI"] }, ...queued, { argv: ["EXEC"] }]);
  return fc.oneof({ weight: 4, arbitrary: some }, { weight: 1, arbitrary: transaction });
}

const writersCommand = fc.oneof(
  { weight: 5, arbitrary: reading },
  { weight: 4, arbitrary: writing },
  { weight: 4, arbitrary: tracking },
  { weight: 1, arbitrary: manner },
);

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      connection: fc.nat(WRITERS - 1),
      commands: fc.oneof(
        { weight: 9, arbitrary: someOrTransaction(writersCommand) },
        // Pushes are not silenced. (A subscriber of RESP2 could not turn its replies on again.)
        { weight: 1, arbitrary: fc.array(writersCommand).map(mutedBatch) },
      ),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      connection: fc.constant(LISTENER),
      commands: someOrTransaction(fc.oneof(reading, tracking, manner, listening)),
    }),
  },
);

const KEEPING: Step = {
  connection: KEEPER,
  commands: [{ argv: ["CLIENT", "TRACKING", "ON", "BCAST", "PREFIX", "nobody has this"] }],
};

const sequence: fc.Arbitrary<Sequence> = fc.record({
  protocols: fc.array(fc.constantFrom(2, 3), { minLength: 4, maxLength: 4 }),
  steps: fc
    .array(step, { minLength: 1, maxLength: STEPS_MAX, size: "max" })
    .map((steps) => [KEEPING, ...steps]),
});

/** The null of FLUSHALL is that of the tracking client in Redis, ours is that of the receiver. */
const EVERY_KEY = /(invalidate\r\n)(?:_|\$-1)\r\n/g;
const VERSION = /\$7\r\nversion\r\n\$\d+\r\n[\d.]+\r\n/g;

function comparable(received: string): string {
  return received.replaceAll(EVERY_KEY, "$1<every key>\r\n").replaceAll(VERSION, "<version>\r\n");
}

describe.skipIf(redisServerVersion()?.startsWith("7.0.") !== true)(
  "beside redis-server 7.0",
  () => {
    test(
      `clients that track keys are told byte for byte the same (seed ${SEED})`,
      async () => {
        await using redis = await startRedisServer();
        await using node = await startNode();
        const servers = [
          await ComparedServer.attach("redis-server", redis.port),
          await ComparedServer.attach("slotcast", node.port),
        ] as const;
        expect(await compare(servers)).toBeGreaterThanOrEqual(COMMANDS_MIN);
        for (const server of servers) await server.close();
      },
      TEST_WITHIN_MS,
    );
  },
);

/** Returns how many commands both answered alike. Throws the first difference, shrunk. */
async function compare(servers: readonly [ComparedServer, ComparedServer]): Promise<number> {
  await alignClientIds(servers);
  let commands = 0;
  let isShrinking = false;
  const property = fc.asyncProperty(sequence, async (drawn) => {
    if (commands >= COMMANDS_MIN && !isShrinking) return;
    const [theirs, ours] = await Promise.all([servers[0].play(drawn), servers[1].play(drawn)]);
    for (const [connection, their] of theirs.entries()) {
      const expected = comparable(their);
      const actual = comparable(ours[connection] ?? "");
      if (expected === actual) continue;
      isShrinking = true;
      throw new Error(
        [
          `connection ${connection} differs:`,
          `  redis-server: ${JSON.stringify(expected)}`,
          `  slotcast:     ${JSON.stringify(actual)}`,
          showSequence(drawn),
        ].join("\n"),
      );
    }
    commands += commandCount(drawn);
  });
  await fc.assert(property, {
    seed: SEED,
    numRuns: SEQUENCES_MAX,
    interruptAfterTimeLimit: COMPARE_WITHIN_MS,
  });
  return commands;
}

/** CLIENT TRACKINGINFO tells ids: both servers give the same ones from here on. */
async function alignClientIds(servers: readonly ComparedServer[]): Promise<void> {
  const ids = await Promise.all(servers.map(async (server) => server.burnClientId()));
  for (const [index, server] of servers.entries()) {
    for (let id = ids[index] ?? 0; id < Math.max(...ids); id += 1) await server.burnClientId();
  }
}
