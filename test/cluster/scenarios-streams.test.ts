import { startCluster, type TestCluster } from "@slotcast/testkit";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { connectNodeRedis } from "../clients/node-redis-client.ts";
import { RedisCli, redisCliVersion } from "../clients/redis-cli.ts";
import { untilBlocked } from "./until-blocked.ts";

// Goal: streams give the replies that people know, to the character.
// Method: transcripts of redis-cli -c in both protocols, then more of the stories through node-redis. The transcripts
// through ioredis and node-redis: test/clients.

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

/** An entry as redis-cli indents it within XRANGE. */
function entry(at: number, id: string, ...fields: readonly string[]): string {
  const shown = fields.map(
    (field, index) => `${index === 0 ? "" : "      "}${index + 1}) "${field}"\n`,
  );
  return `${at}) 1) "${id}"\n   2) ${shown.join("")}`;
}

/** XREAD's reply: an array of pairs in RESP2, a map in RESP3. */
function streamRead(protocol: 2 | 3, streams: Record<string, string>): string {
  const shown = Object.entries(streams).map(([key, entries], index) => {
    const head =
      protocol === 2 ? `${index + 1}) 1) "${key}"\n   2) ` : `${index + 1}# "${key}" => \n   `;
    const indent = protocol === 2 ? "      " : "   ";
    return head + entries.trimEnd().replaceAll("\n", `\n${indent}`) + "\n";
  });
  return shown.join("");
}

describe.skipIf(redisCliVersion() === undefined).each([2, 3] as const)(
  "redis-cli -c in RESP%i",
  (protocol) => {
    const cli = async (...argv: readonly string[]): Promise<string> =>
      new RedisCli({ port: cluster.node(0).port, protocol }).run(...argv);

    test("XADD makes the stream and answers the id it chose", async () => {
      const printed = await cli("XADD", "Email", "*", "subject", "first", "body", "hello?");
      expect(printed).toMatch(/^"\d{13}-\d+"\n$/);
      expect(await cli("XLEN", "Email")).toBe("(integer) 1\n");
    });

    test("XADD takes an id above the last one, and no other", async () => {
      const add = async (id: string): Promise<string> => cli("XADD", "Email", id, "subject", "x");
      expect(await add("0-0")).toBe(
        "(error) ERR The ID specified in XADD must be greater than 0-0\n",
      );
      expect(await add("1769843435725-1")).toBe('"1769843435725-1"\n');
      const tooSmall =
        "(error) ERR The ID specified in XADD is equal or smaller than the target stream top item\n";
      expect(await add("1769843435725-1")).toBe(tooSmall);
      expect(await add("1769843435725-0")).toBe(tooSmall);
      expect(await add("1-1")).toBe(tooSmall);
      expect(await add("1769843435725-*")).toBe('"1769843435725-2"\n');
    });

    test("XREAD with an id returns what is above it at once", async () => {
      await cli("XADD", "Email", "1769843435725-0", "subject", "zero");
      await cli("XADD", "Email", "1769843435725-1", "subject", "first", "body", "hello?");
      await cli("XADD", "Email", "1769843435726-0", "subject", "second");
      const first = entry(1, "1769843435725-1", "subject", "first", "body", "hello?");
      expect(await cli("XREAD", "BLOCK", "0", "STREAMS", "Email", "1769843435725")).toBe(
        streamRead(protocol, { Email: first + entry(2, "1769843435726-0", "subject", "second") }),
      );
      expect(await cli("XREAD", "BLOCK", "0", "STREAMS", "Email", "0")).toBe(
        streamRead(protocol, {
          Email:
            entry(1, "1769843435725-0", "subject", "zero") +
            entry(2, "1769843435725-1", "subject", "first", "body", "hello?") +
            entry(3, "1769843435726-0", "subject", "second"),
        }),
      );
      expect(await cli("XREAD", "COUNT", "1", "STREAMS", "Email", "0")).toBe(
        streamRead(protocol, { Email: entry(1, "1769843435725-0", "subject", "zero") }),
      );
    });

    test("XREAD BLOCK with $ waits for what comes, nil after its time", async () => {
      await cli("XADD", "Email", "1-1", "subject", "old");
      const startedAtMs = performance.now();
      expect(await cli("XREAD", "BLOCK", "500", "STREAMS", "Email", "$")).toBe("(nil)\n");
      expect(performance.now() - startedAtMs).toBeGreaterThan(500);
      await using reader = new RedisCli({ port: cluster.node(1).port, protocol }).start(
        ...["XREAD", "BLOCK", "5000", "STREAMS", "Email", "$"],
      );
      await untilBlocked(cluster.nodeOf("Email"), 1);
      await cli("XADD", "Email", "2-1", "subject", "new");
      expect(await reader.untilEnd()).toBe(
        streamRead(protocol, { Email: entry(1, "2-1", "subject", "new") }),
      );
    });

    test("one XREAD reads several streams of one slot", async () => {
      await cli("XADD", "Email{1}", "1-1", "subject", "mail");
      await cli("XADD", "Push{1}", "2-1", "text", "push");
      expect(await cli("XREAD", "STREAMS", "Email{1}", "Push{1}", "0", "0")).toBe(
        streamRead(protocol, {
          "Email{1}": entry(1, "1-1", "subject", "mail"),
          "Push{1}": entry(1, "2-1", "text", "push"),
        }),
      );
      expect(await cli("XREAD", "STREAMS", "Email{1}", "Push{2}", "0", "0")).toBe(
        "(error) CROSSSLOT Keys in request don't hash to the same slot\n",
      );
    });

    test("every reader that waits gets the entry", async () => {
      await cli("XADD", "Email", "1-1", "subject", "old");
      await using readers = new AsyncDisposableStack();
      const started = [0, 1, 2].map((node) => {
        const { port } = cluster.node(node);
        const argv = ["XREAD", "BLOCK", "0", "STREAMS", "Email", "$"];
        return readers.use(new RedisCli({ port, protocol }).start(...argv));
      });
      await untilBlocked(cluster.nodeOf("Email"), 3);
      await cli("XADD", "Email", "2-1", "subject", "to all");
      const printed = await Promise.all(started.map(async (reader) => reader.untilEnd()));
      const expected = streamRead(protocol, { Email: entry(1, "2-1", "subject", "to all") });
      expect(printed).toEqual([expected, expected, expected]);
    });

    test("XRANGE and XREVRANGE take times, and ( for exclusive bounds", async () => {
      for (const id of ["1000-0", "1000-1", "2000-0", "3000-0"])
        await cli("XADD", "Email", id, "at", id);
      const shown = (...ids: readonly string[]): string =>
        ids.map((id, index) => entry(index + 1, id, "at", id)).join("");
      expect(await cli("XRANGE", "Email", "-", "+")).toBe(
        shown("1000-0", "1000-1", "2000-0", "3000-0"),
      );
      expect(await cli("XREVRANGE", "Email", "+", "-")).toBe(
        shown("3000-0", "2000-0", "1000-1", "1000-0"),
      );
      expect(await cli("XRANGE", "Email", "1000", "2000")).toBe(
        shown("1000-0", "1000-1", "2000-0"),
      );
      expect(await cli("XRANGE", "Email", "(1000-0", "(3000-0")).toBe(shown("1000-1", "2000-0"));
      expect(await cli("XRANGE", "Email", "-", "+", "COUNT", "1")).toBe(shown("1000-0"));
      expect(await cli("XRANGE", "Email", "4000", "+")).toBe("(empty array)\n");
    });

    test("XDEL and XTRIM take entries away, XLEN counts what is left", async () => {
      for (const id of ["1-1", "1-2", "1-3", "1-4"]) await cli("XADD", "Email", id, "at", id);
      expect(await cli("XDEL", "Email", "1-2", "9-9")).toBe("(integer) 1\n");
      expect(await cli("XTRIM", "Email", "MAXLEN", "2")).toBe("(integer) 1\n");
      expect(await cli("XLEN", "Email")).toBe("(integer) 2\n");
      expect(await cli("XTRIM", "Email", "MINID", "1-4")).toBe("(integer) 1\n");
      expect(await cli("XRANGE", "Email", "-", "+")).toBe(entry(1, "1-4", "at", "1-4"));
    });
  },
);

describe.each([2, 3] as const)("node-redis in RESP%i", (protocol) => {
  test("a reader that was away reads on where it stopped", async () => {
    await using writer = await connectNodeRedis(cluster.node(0).port, protocol);
    await using reader = await connectNodeRedis(cluster.node(1).port, protocol);
    const ids: string[] = [];
    for (const subject of ["first", "second", "third"]) {
      ids.push(await writer.append("Email", { subject, body: "hello?" }));
    }
    const [first = ""] = ids;
    expect(await reader.awaitEntries("Email", first, 0)).toEqual([
      { id: ids[1], fields: { subject: "second", body: "hello?" } },
      { id: ids[2], fields: { subject: "third", body: "hello?" } },
    ]);
    expect(await reader.awaitEntries("Email", "$", 10)).toEqual([]);
  });

  test("the time part of an id is a search by time", async () => {
    await using client = await connectNodeRedis(cluster.node(2).port, protocol);
    for (const id of ["1769843435725-1", "1769843435725-2", "1769843435800-0"]) {
      await client.cluster.xAdd("Email", id, { id });
    }
    const found = await client.cluster.xRange("Email", "1769843435725", "1769843435725");
    expect(found?.map((each) => each?.id)).toEqual(["1769843435725-1", "1769843435725-2"]);
    const reversed = await client.cluster.xRevRange("Email", "+", "(1769843435725-1");
    expect(reversed?.map((each) => each?.id)).toEqual(["1769843435800-0", "1769843435725-2"]);
    await expect(client.cluster.xAdd("Email", "0-0", { a: "b" })).rejects.toThrow(
      "ERR The ID specified in XADD must be greater than 0-0",
    );
  });

  test("several readers each get everything", async () => {
    await using writer = await connectNodeRedis(cluster.node(0).port, protocol);
    const read = async (node: number): Promise<string[]> => {
      await using reader = await connectNodeRedis(cluster.node(node).port, protocol);
      const subjects: string[] = [];
      let last = "0";
      while (subjects.length < 100) {
        for (const { id, fields } of await reader.awaitEntries("Email", last, 0)) {
          subjects.push(fields["subject"] ?? "");
          last = id;
        }
      }
      return subjects;
    };
    const readers = [0, 1, 2].map(read);
    const written = Array.from({ length: 100 }, (_, at) => `mail ${at}`);
    for (const subject of written) await writer.append("Email", { subject });
    expect(await Promise.all(readers)).toEqual([written, written, written]);
  });
});
