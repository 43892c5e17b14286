import { startCluster, type TestCluster } from "@slotcast/testkit";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { RedisCli, redisCliVersion } from "../clients/redis-cli.ts";

// Goal: consumer groups, pending entries, claims, and the set of processed ids give the replies that people know.
// Method: transcripts of redis-cli -c in both protocols. The same through ioredis and node-redis: test/clients, and the
// examples.

let cluster: TestCluster;

beforeAll(async () => {
  cluster = await startCluster();
});

beforeEach(async () => {
  for (const node of cluster.nodes) {
    await using client = await node.connect();
    await client.call("FLUSHALL");
  }
});

afterAll(async () => {
  await cluster[Symbol.asyncDispose]();
});

describe.skipIf(redisCliVersion() === undefined).each([2, 3] as const)(
  "redis-cli -c in RESP%i",
  (protocol) => {
    const cli = async (...argv: readonly string[]): Promise<string> =>
      new RedisCli({ port: cluster.node(0).port, protocol }).run(...argv);
    /** The ids that a reply shows, in their order. */
    const idsIn = (printed: string): string[] =>
      [...printed.matchAll(/"(\d+-\d+)"/g)].map(([, id]) => id ?? "");

    async function fill(count: number): Promise<void> {
      for (let at = 1; at <= count; at += 1) {
        await cli("XADD", "Email", `${at}-0`, "subject", `mail ${at}`);
      }
    }

    test("each consumer of a group gets what no other got, and its own again with an id", async () => {
      expect(await cli("XGROUP", "CREATE", "Email", "EmailGroup", "$", "MKSTREAM")).toBe("OK\n");
      await fill(2);
      const read = async (consumer: string, from: string): Promise<string> =>
        cli("XREADGROUP", "GROUP", "EmailGroup", consumer, "COUNT", "1", "STREAMS", "Email", from);
      expect(idsIn(await read("111", ">"))).toEqual(["1-0"]);
      expect(idsIn(await read("222", ">"))).toEqual(["2-0"]);
      expect(await read("333", ">")).toBe("(nil)\n");
      expect(idsIn(await read("111", "0"))).toEqual(["1-0"]);
      expect(idsIn(await read("222", "1-0"))).toEqual(["2-0"]);
    });

    test("one group reads several streams of a slot", async () => {
      for (const key of ["Email{s}", "Push{s}"]) {
        await cli("XGROUP", "CREATE", key, "BiGroup", "0", "MKSTREAM");
        await cli("XADD", key, "1-0", "from", key);
      }
      const printed = await cli(
        ...["XREADGROUP", "GROUP", "BiGroup", "111", "COUNT", "2"],
        ...["STREAMS", "Email{s}", "Push{s}", ">", ">"],
      );
      expect(printed).toContain('"Email{s}"');
      expect(printed).toContain('"Push{s}"');
      expect(idsIn(printed)).toEqual(["1-0", "1-0"]);
    });

    test("what was delivered is pending until it is acknowledged", async () => {
      await fill(3);
      await cli("XGROUP", "CREATE", "Email", "EmailGroup", "0");
      await cli("XREADGROUP", "GROUP", "EmailGroup", "111", "COUNT", "2", "STREAMS", "Email", ">");
      expect(await cli("XPENDING", "Email", "EmailGroup")).toBe(
        '1) (integer) 2\n2) "1-0"\n3) "2-0"\n4) 1) 1) "111"\n      2) "2"\n',
      );
      expect(await cli("XACK", "Email", "EmailGroup", "1-0")).toBe("(integer) 1\n");
      expect(await cli("XACK", "Email", "EmailGroup", "1-0")).toBe("(integer) 0\n");
      expect(await cli("XPENDING", "Email", "EmailGroup")).toBe(
        '1) (integer) 1\n2) "2-0"\n3) "2-0"\n4) 1) 1) "111"\n      2) "1"\n',
      );
    });

    test("of two consumers that claim one entry only the first gets it, and deliveries are counted", async () => {
      await fill(1);
      await cli("XGROUP", "CREATE", "Email", "EmailGroup", "0");
      await cli("XREADGROUP", "GROUP", "EmailGroup", "111", "STREAMS", "Email", ">");
      const claim = async (consumer: string, minIdleMs: string): Promise<string> =>
        cli("XCLAIM", "Email", "EmailGroup", consumer, minIdleMs, "1-0");
      expect(await claim("222", "1000000")).toBe("(empty array)\n");
      // Idle for long, as if its consumer had died an hour ago.
      await cli("XCLAIM", "Email", "EmailGroup", "111", "0", "1-0", "IDLE", "3600000", "JUSTID");
      expect(idsIn(await claim("222", "1000000"))).toEqual(["1-0"]);
      expect(await claim("333", "1000000")).toBe("(empty array)\n");
      expect(await cli("XPENDING", "Email", "EmailGroup", "-", "+", "10")).toMatch(
        /^1\) 1\) "1-0"\n {3}2\) "222"\n {3}3\) \(integer\) \d+\n {3}4\) \(integer\) 2\n$/,
      );
    });

    test("XAUTOCLAIM finds what is idle without knowing ids", async () => {
      await fill(3);
      await cli("XGROUP", "CREATE", "Email", "EmailGroup", "0");
      await cli("XREADGROUP", "GROUP", "EmailGroup", "111", "STREAMS", "Email", ">");
      const autoclaim = async (minIdleMs: string): Promise<string> =>
        cli("XAUTOCLAIM", "Email", "EmailGroup", "222", minIdleMs, "0");
      expect(await autoclaim("1000000")).toBe('1) "0-0"\n2) (empty array)\n3) (empty array)\n');
      await cli("XCLAIM", "Email", "EmailGroup", "111", "0", "2-0", "IDLE", "3600000", "JUSTID");
      expect(idsIn(await autoclaim("1000000"))).toEqual(["0-0", "2-0"]);
    });

    test("XINFO tells of stream, groups and consumers, field by field", async () => {
      await fill(3);
      await cli("XGROUP", "CREATE", "Email", "EmailGroup", "0");
      await cli("XREADGROUP", "GROUP", "EmailGroup", "111", "COUNT", "2", "STREAMS", "Email", ">");
      const names = (printed: string): string[] =>
        [...printed.matchAll(/"([a-z-]+)"/g)].map(([, name]) => name ?? "");
      expect(names(await cli("XINFO", "CONSUMERS", "Email", "EmailGroup"))).toEqual([
        ...["name", "pending", "idle", "inactive"],
      ]);
      expect(names(await cli("XINFO", "GROUPS", "Email"))).toEqual([
        ...["name", "consumers", "pending", "last-delivered-id", "entries-read", "lag"],
      ]);
      expect(names(await cli("XINFO", "STREAM", "Email"))).toEqual(
        expect.arrayContaining([
          ...["length", "radix-tree-keys", "radix-tree-nodes", "last-generated-id"],
          ...["max-deleted-entry-id", "entries-added", "recorded-first-entry-id", "groups"],
          ...["first-entry", "last-entry"],
        ]),
      );
      const lag = protocol === 2 ? '"lag"\n   12) (integer) 1' : '"lag" => (integer) 1';
      expect(await cli("XINFO", "GROUPS", "Email")).toContain(lag);
    });

    test("a policy hands over what a dead consumer had, and puts aside what is delivered too often", async () => {
      await fill(1);
      await cli("XGROUP", "CREATE", "Email", "EmailGroup", "0");
      const policy = ["AUTOCLAIM", "1", "DELIVERYLIMIT", "2", "DEADLETTER", "{Email}:dead"];
      expect(await cli("XGROUP", "SETPOLICY", "Email", "EmailGroup", ...policy)).toBe("OK\n");
      const read = async (consumer: string): Promise<string> =>
        cli("XREADGROUP", "GROUP", "EmailGroup", consumer, "STREAMS", "Email", ">");
      // Each redis-cli takes longer to start than the entry has to be idle.
      expect(idsIn(await read("111"))).toEqual(["1-0"]);
      expect(idsIn(await read("222"))).toEqual(["1-0"]);
      expect(await read("333")).toBe("(nil)\n");
      expect(await cli("XPENDING", "Email", "EmailGroup", "-", "+", "10")).toBe("(empty array)\n");
      expect(await cli("XRANGE", "{Email}:dead", "-", "+")).toContain(
        '"mail 1"\n       3) "dead-letter-stream"\n       4) "Email"\n       5) "dead-letter-id"\n       6) "1-0"\n',
      );
      expect(await cli("XDEADLETTER", "REDRIVE", "{Email}:dead")).toBe("(integer) 1\n");
      expect(await cli("XLEN", "Email")).toBe("(integer) 2\n");
    });

    test("a set of processed ids tells the first time from all others", async () => {
      expect(await cli("SADD", "done", "1-0")).toBe("(integer) 1\n");
      expect(await cli("SADD", "done", "1-0")).toBe("(integer) 0\n");
    });

    test("an entry that is sent again under its name is added once", async () => {
      const send = async (): Promise<string> =>
        cli("XADD", "Email", "IDMP", "shop", "order-1", "*", "subject", "once");
      const id = await send();
      expect(id).toMatch(/^"\d{13}-\d+"\n$/);
      expect(await send()).toBe(id);
      expect(await cli("XLEN", "Email")).toBe("(integer) 1\n");
    });
  },
);
