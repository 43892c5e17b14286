import { RespClient, startNode, until } from "@slotcast/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { redisServerVersion, startRedisServer } from "./redis-server.ts";

// Goal: a client or an operator's tool cannot tell a pair of our servers from a pair of redis-servers.
// Method: two pairs, the same requests to both, the same bytes back; ports are written as P0 and P1.

const LINKED_WITHIN_MS = 20_000;
/** Nobody listens there. */
const NOWHERE = "1";

interface Pair {
  readonly ports: readonly [string, string];
  readonly clients: readonly [RespClient, RespClient];
}

const cleanUps: (() => Promise<void>)[] = [];
let theirs: Pair;
let ours: Pair;

async function startPair(
  start: () => Promise<AsyncDisposable & { readonly port: number }>,
): Promise<Pair> {
  const servers = [await start(), await start()] as const;
  const [first, second] = servers;
  const clients = [
    await RespClient.connect(first.port),
    await RespClient.connect(second.port),
  ] as const;
  for (const one of [...servers, ...clients]) {
    cleanUps.push(async () => one[Symbol.asyncDispose]());
  }
  return { ports: [String(first.port), String(second.port)], clients };
}

/** With the ports of the pair in place of P0 and P1, and back. */
async function ask({ ports, clients }: Pair, server: 0 | 1, request: string): Promise<string> {
  const words = request
    .split(" ")
    .map((word) => word.replace(/^P([01])$/, (_, at) => ports[at] ?? ""));
  const reply = String(await clients[server].callRaw(...words));
  return reply.replaceAll(ports[0], "P0").replaceAll(ports[1], "P1");
}

async function expectSame(server: 0 | 1, request: string): Promise<void> {
  const [ourReply, theirReply] = [
    await ask(ours, server, request),
    await ask(theirs, server, request),
  ];
  expect(`${request}: ${ourReply}`).toBe(`${request}: ${theirReply}`);
}

async function untilLinked(pair: Pair): Promise<void> {
  await until(async () => (await ask(pair, 1, "INFO replication")).includes("link_status:up"), {
    withinMs: LINKED_WITHIN_MS,
    what: "a linked replica",
  });
}

describe.skipIf(redisServerVersion()?.startsWith("7.0.") !== true)(
  "redis-server 7.0 and ours",
  () => {
    beforeAll(async () => {
      theirs = await startPair(startRedisServer);
      ours = await startPair(startNode);
    });

    afterAll(async () => {
      for (const cleanUp of cleanUps.toReversed()) await cleanUp();
    });

    test.each([
      ...["REPLICAOF", "REPLICAOF h", "REPLICAOF h x", "REPLICAOF h -1", "REPLICAOF h 65536"],
      ...["REPLICAOF h 01", "REPLICAOF no ONE", "SLAVEOF NO one", "SLAVEOF h"],
      ...[
        "FAILOVER",
        "FAILOVER ABORT",
        "FAILOVER abort x",
        "FAILOVER TIMEOUT",
        "FAILOVER TIMEOUT 0",
      ],
      ...["FAILOVER TIMEOUT -1", "FAILOVER TIMEOUT x", "FAILOVER TIMEOUT 10 TIMEOUT 10"],
      ...["FAILOVER TO h", "FAILOVER TO h x", "FAILOVER TO h 1", "FAILOVER TO h 1 TO h 1"],
      ...["FAILOVER FORCE", "FAILOVER FORCE FORCE", "FAILOVER TO h 99999999999999999999"],
      ...["REPLCONF", "REPLCONF a", "REPLCONF a b", "REPLCONF listening-port x"],
      ...["REPLCONF listening-port 123456789", `REPLCONF ip-address ${"x".repeat(256)}`],
      ...[
        "REPLCONF capa x capa y",
        "REPLCONF rdb-only 2",
        "REPLCONF rdb-only x",
        "REPLCONF rdb-only 0",
      ],
      ...["REPLCONF rdb-filter-only x", "REPLCONF rdb-filter-only functions"],
      ...["PSYNC", "PSYNC a", "SYNC x", "ROLE x", "WAIT 0 0", "WAIT 1 20"],
      ...["CONFIG GET replicaof", "CONFIG GET slaveof", "CONFIG SET replica-read-only yes"],
      ...["MULTI", "REPLICAOF no one", "FAILOVER ABORT", "EXEC", "MULTI", "SYNC", "EXEC"],
    ])("a primary answers %s the same", async (request) => {
      await expectSame(0, request);
    });

    test("CONFIG SET replicaof is refused alike", async () => {
      const asked = async ({ clients: [client] }: Pair): Promise<string> =>
        String(await client.callRaw("CONFIG", "SET", "replicaof", "h 1"));
      expect(await asked(ours)).toBe(await asked(theirs));
    });

    describe("as a replica", () => {
      beforeAll(async () => {
        await expectSame(1, "SET own 1");
        await expectSame(1, "REPLICAOF 127.0.0.1 P0");
        await Promise.all([untilLinked(theirs), untilLinked(ours)]);
        await expectSame(0, "SET key value");
        await expectSame(0, "WAIT 1 5000");
        for (const pair of [theirs, ours]) {
          await until(async () => (await ask(pair, 1, "GET key")) === "$5\r\nvalue\r\n", {
            withinMs: LINKED_WITHIN_MS,
          });
        }
      });

      test.each([
        ...["REPLICAOF 127.0.0.1 P0", "GET key", "GET own", "SET key 2", "DEL key", "FLUSHALL"],
        ...["PUBLISH c m", "XADD s * a b", "BLPOP x 1", "EXPIRE key 10", "SORT key STORE d"],
        ...["SET x y BADOPT", "SET x", "NOSUCH", "WAIT 0 0", "WAIT x y", "SELECT 1", "SELECT 0"],
        ...["FAILOVER", "FAILOVER TO 127.0.0.1 P1", "FAILOVER FORCE"],
        ...["CONFIG GET replicaof", "CONFIG GET slaveof"],
        ...["MULTI", "SET a b", "GET key", "EXEC", "MULTI", "GET key", "EXEC"],
      ])("it answers %s the same", async (request) => {
        await expectSame(1, request);
      });

      test("its primary refuses the same failovers", async () => {
        await expectSame(0, `FAILOVER TO 127.0.0.1 ${NOWHERE}`);
        await expectSame(0, "FAILOVER FORCE TO 127.0.0.1 P1");
        await expectSame(0, "FAILOVER FORCE TIMEOUT 10");
      });

      test("INFO has the same fields, and the same roles and addresses", async () => {
        const fields = async (pair: Pair, server: 0 | 1): Promise<readonly string[]> => {
          const lines = (await ask(pair, server, "INFO replication")).split("\r\n").slice(1);
          return lines
            .filter((line) => !line.startsWith("repl_commit_") && !line.startsWith("repl_in_sync_"))
            .map((line) =>
              line.replace(/(offset|lag|histlen|ago|replid|byte_offset)([:=])[^,]+/g, "$1$2"),
            );
        };
        for (const server of [0, 1] as const) {
          expect(await fields(ours, server)).toEqual(await fields(theirs, server));
        }
      });

      test("without its primary it answers the same, and leads with what it has", async () => {
        await expectSame(1, "CONFIG SET replica-serve-stale-data no");
        await expectSame(1, "GET key");
        await expectSame(1, `REPLICAOF 127.0.0.1 ${NOWHERE}`);
        const down = ["GET key", "SET key 1", "PING", "MULTI", "GET key", "EXEC", "PUBLISH a b"];
        for (const request of [...down, "SELECT 0", "DBSIZE", "KEYS *", "NOSUCH", "WATCH a"]) {
          await expectSame(1, request);
        }
        await expectSame(1, "CONFIG SET replica-serve-stale-data yes");
        await expectSame(1, "GET key");
        await expectSame(1, "REPLICAOF NO ONE");
        await expectSame(1, "GET key");
        await expectSame(1, "SET key z");
      });
    });

    test("a redis-server that wants to follow us is told why it cannot, and the other way round", async () => {
      await using redis = await startRedisServer();
      await using node = await startNode();
      await using onRedis = await RespClient.connect(redis.port);
      await using onNode = await RespClient.connect(node.port);
      await onNode.call("SET", "kept", "1");
      await onRedis.call("REPLICAOF", "127.0.0.1", String(node.port));
      await until(
        async () => (await onNode.callText("INFO", "commandstats")).includes("cmdstat_sync:"),
        {
          withinMs: LINKED_WITHIN_MS,
        },
      );
      await onRedis.call("REPLICAOF", "NO", "ONE");
      await onNode.call("REPLICAOF", "127.0.0.1", String(redis.port));
      await until(() => node.output.includes("it is no Slotcast server, and cannot be followed"), {
        withinMs: LINKED_WITHIN_MS,
      });
      expect(await onNode.call("GET", "kept")).toBe("1");
      expect(await onNode.callText("INFO", "replication")).toContain("master_link_status:down");
    });
  },
);
