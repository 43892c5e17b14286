import { startCluster, type RespClient, type TestCluster } from "@slotcast/testkit";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { RedisCli, redisCliVersion } from "../clients/redis-cli.ts";
import { untilBlocked } from "./until-blocked.ts";

// Goal: several consumers share a stream of a real cluster; each entry reaches one of them, and none is lost when one
// of them goes away.
// Method: three processes; readers connect to the node that serves the stream, writers to any node.

const KEY = "Email";
let cluster: TestCluster;

beforeAll(async () => {
  cluster = await startCluster();
});

beforeEach(async () => {
  await Promise.all(
    cluster.nodes.map(async (node) => {
      await using client = await node.connect();
      await client.call("FLUSHALL");
    }),
  );
});

afterAll(async () => {
  await cluster[Symbol.asyncDispose]();
});

/** The node that does not redirect. */
async function ownerOf(key: string) {
  for (const node of cluster.nodes) {
    await using client = await node.connect();
    const isHere = await client.call("EXISTS", key).then(
      () => true,
      () => false,
    );
    if (isHere) return node;
  }
  throw new Error(`no node serves ${key}`);
}

/** The id of the new entry. */
async function add(client: RespClient, n: string): Promise<string> {
  return (await client.call("XADD", KEY, "*", "n", n)) as string; // a bulk string
}

type Read = [[string, [string, string[]][]]];

/** Ids of what an XREADGROUP returned. */
function idsOf(reply: unknown): string[] {
  const [[, entries]] = reply as Read; // its shape in RESP2
  return entries.map(([id]) => id);
}

test("two blocked readers of a group get an entry each, as soon as it is added", async () => {
  const owner = await ownerOf(KEY);
  await using writer = await owner.connect();
  await writer.call("XGROUP", "CREATE", KEY, "EmailGroup", "$", "MKSTREAM");
  await using first = await owner.connect();
  await using second = await owner.connect();
  const readBy = async (client: RespClient, consumer: string): Promise<unknown> =>
    client.call(
      "XREADGROUP",
      "GROUP",
      "EmailGroup",
      consumer,
      "COUNT",
      "1",
      "BLOCK",
      "0",
      "STREAMS",
      KEY,
      ">",
    );
  const firstReply = readBy(first, "111");
  await untilBlocked(owner, 1);
  const secondReply = readBy(second, "222");
  await untilBlocked(owner, 2);
  const ids = [await add(writer, "1"), await add(writer, "2")] as const;
  expect(idsOf(await firstReply)).toEqual([ids[0]]);
  expect(idsOf(await secondReply)).toEqual([ids[1]]);
  expect(await writer.call("XPENDING", KEY, "EmailGroup")).toEqual([
    2,
    ...ids,
    [
      ["111", "1"],
      ["222", "1"],
    ],
  ]);
  expect(await first.call("XACK", KEY, "EmailGroup", ids[0])).toBe(1);
});

test.each([["XGROUP", "DESTROY", KEY, "g"], ["DEL", KEY], ["FLUSHALL"]])(
  "a blocked reader learns that its group is gone by %s",
  async (...request) => {
    const owner = await ownerOf(KEY);
    await using writer = await owner.connect();
    await writer.call("XGROUP", "CREATE", KEY, "g", "$", "MKSTREAM");
    await using reader = await owner.connect();
    const reply = reader.call("XREADGROUP", "GROUP", "g", "c", "BLOCK", "0", "STREAMS", KEY, ">");
    // Looked at only below: it may be rejected before.
    const outcome = reply.catch((error: unknown) => error);
    await untilBlocked(owner, 1);
    await writer.call(...(request as [string, ...string[]])); // never empty
    expect(String(await outcome)).toContain(
      `NOGROUP No such key '${KEY}' or consumer group 'g' in XREADGROUP with GROUP option`,
    );
  },
);

test("what a consumer left behind is taken over by one that waits with CLAIM", async () => {
  const owner = await ownerOf(KEY);
  await using writer = await owner.connect();
  await writer.call("XGROUP", "CREATE", KEY, "g", "$", "MKSTREAM");
  const id = await add(writer, "1");
  const lost = await owner.connect();
  await lost.call("XREADGROUP", "GROUP", "g", "lost", "STREAMS", KEY, ">");
  await lost[Symbol.asyncDispose]();
  await using other = await owner.connect();
  const reply = await other.call(
    ...(["XREADGROUP", "GROUP", "g", "other", "BLOCK", "5000", "CLAIM", "300"] as const),
    ...(["STREAMS", KEY, ">"] as const),
  );
  const [[, entries]] = reply as [[string, [string, string[], number, number][]]]; // its shape in RESP2
  const [[claimedId, fields, idleMs, deliveries] = []] = entries;
  expect([claimedId, fields, deliveries]).toEqual([id, ["n", "1"], 1]);
  expect(idleMs).toBeGreaterThanOrEqual(300);
});

describe.skipIf(redisCliVersion() === undefined)("redis-cli -c", () => {
  const cli = async (node: number, ...argv: readonly string[]): Promise<string> =>
    new RedisCli({ port: cluster.node(node).port, protocol: 2 }).run(...argv);

  test("reads, claims and acknowledges from any node", async () => {
    expect(await cli(0, "XADD", KEY, "1-1", "subject", "hello?")).toBe('"1-1"\n');
    expect(await cli(1, "XGROUP", "CREATE", KEY, "EmailGroup", "0")).toBe("OK\n");
    const read = ["XREADGROUP", "GROUP", "EmailGroup", "111", "COUNT", "1", "STREAMS", KEY];
    expect(await cli(2, ...read, ">")).toBe(
      '1) 1) "Email"\n   2) 1) 1) "1-1"\n         2) 1) "subject"\n            2) "hello?"\n',
    );
    expect(await cli(0, "XPENDING", KEY, "EmailGroup")).toBe(
      '1) (integer) 1\n2) "1-1"\n3) "1-1"\n4) 1) 1) "111"\n      2) "1"\n',
    );
    expect(await cli(1, "XCLAIM", KEY, "EmailGroup", "222", "1000000", "1-1")).toBe(
      "(empty array)\n",
    );
    expect(await cli(1, "XCLAIM", KEY, "EmailGroup", "222", "0", "1-1", "JUSTID")).toBe(
      '1) "1-1"\n',
    );
    expect(await cli(2, "XACK", KEY, "EmailGroup", "1-1")).toBe("(integer) 1\n");
  });

  test("a group reads several streams of one slot at once, and only of one slot", async () => {
    for (const key of ["{a}:one", "{a}:two", "other"]) {
      await cli(0, "XGROUP", "CREATE", key, "BiGroup", "0", "MKSTREAM");
      await cli(0, "XADD", key, "1-1", "f", "v");
    }
    const read = ["XREADGROUP", "GROUP", "BiGroup", "111", "COUNT", "2", "STREAMS"];
    const printed = await cli(1, ...read, "{a}:one", "{a}:two", ">", ">");
    expect(printed.match(/\{a\}:(one|two)/g)).toEqual(["{a}:one", "{a}:two"]);
    expect(await cli(1, ...read, "{a}:one", "other", ">", ">")).toBe(
      "(error) CROSSSLOT Keys in request don't hash to the same slot\n",
    );
  });
});
