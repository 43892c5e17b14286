import { startCluster, until, type TestCluster } from "@slotcast/testkit";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { untilBlocked } from "../cluster/until-blocked.ts";
import type { ClusterClient, Entry } from "./cluster-client.ts";

const DELIVERED_WITHIN_MS = 5000;
const EMAIL = "Email";
const GROUP = "EmailGroup";

/** An entry that `addMails` makes. */
function mail(at: number): Entry {
  return { id: `${at}-0`, fields: { subject: `mail ${at}` } };
}

/** What XRANGE answers. */
function idsOf(entries: unknown): string[] {
  return (entries as [id: string, fields: string[]][]).map(([id]) => id); // see above
}

/**
 * The transcripts that people know of a broker, told through the API of a client. redis-cli prints the same, to the
 * character, in test/cluster/scenarios-*. What stands in describe-cluster-client.ts is not told again: messages of
 * every node, shard channels, BLPOP and XREAD BLOCK.
 */
export function describeScenarios(
  name: string,
  protocol: 2 | 3,
  connect: (port: number) => Promise<ClusterClient>,
): void {
  describe(`scenarios of ${name} in RESP${protocol}`, () => {
    let cluster: TestCluster;
    let client: ClusterClient;

    beforeAll(async () => {
      cluster = await startCluster();
      client = await connectTo(0);
    });

    beforeEach(async () => {
      for (const node of cluster.nodes) {
        await using direct = await node.connect();
        await direct.call("FLUSHALL");
      }
    });

    afterAll(async () => {
      await client[Symbol.asyncDispose]();
      await cluster[Symbol.asyncDispose]();
    });

    async function connectTo(node: number): Promise<ClusterClient> {
      return connect(cluster.node(node).port);
    }

    async function addMails(count: number): Promise<void> {
      for (let at = 1; at <= count; at += 1) {
        await client.call("XADD", EMAIL, `${at}-0`, "subject", `mail ${at}`);
      }
    }

    const read = async (consumer: string, from: string, count = 1) =>
      client.readGroup({ group: GROUP, consumer, count, streams: { [EMAIL]: from } });

    const range = async (command: string, ...bounds: readonly string[]) =>
      idsOf(await client.call(command, EMAIL, ...bounds));

    test("B1: two channels are heard by their names; a message has neither sender nor time", async () => {
      await using subscriber = await connectTo(1);
      const heard: unknown[] = [];
      const listen = (...told: readonly unknown[]): void => void heard.push(told);
      await subscriber.subscribe("event1", listen);
      await subscriber.subscribe("event2", listen);
      await client.publish("event2", "happened");
      await until(() => heard.length > 0, { withinMs: DELIVERED_WITHIN_MS });
      expect(heard).toEqual([["happened", "event2"]]);
    });

    test("B2: a subscriber of CH1 and CH* hears twice: message, then pmessage", async () => {
      await using subscriber = await connectTo(1);
      const heard: string[] = [];
      await subscriber.subscribe("CH1", (message) => heard.push(`message ${message}`));
      await subscriber.subscribePattern("CH*", (message) => heard.push(`pmessage ${message}`));
      await client.publish("CH1", "twice");
      await until(() => heard.length > 1, { withinMs: DELIVERED_WITHIN_MS });
      expect(heard).toEqual(["message twice", "pmessage twice"]);
    });

    test("C1: both ends of a list, and BRPOP of two queues", async () => {
      expect(await client.call("RPUSH", "Q", "b", "c")).toBe(2);
      expect(await client.call("LPUSH", "Q", "a", "z")).toBe(4);
      expect(await client.call("LPOP", "Q")).toBe("z");
      expect(await client.call("RPOP", "Q")).toBe("c");
      expect(await client.call("LPOP", "Q", "5")).toEqual(["a", "b"]);
      expect(await client.call("LPOP", "Q")).toBe(null);
      await using consumer = await connectTo(1);
      const popped = consumer.call("BRPOP", "{Q}:a", "{Q}:b", "1000");
      await untilBlocked(cluster.nodeOf("{Q}:a"), 1);
      expect(await client.call("LPUSH", "{Q}:a", "1")).toBe(1);
      expect(await popped).toEqual(["{Q}:a", "1"]);
      await client.call("RPUSH", "{Q}:b", "b1", "b2");
      await client.call("RPUSH", "{Q}:a", "a1");
      const pop = ["{Q}:a", "{Q}:b", "0.05"] as const;
      expect(await consumer.call("BLPOP", ...pop)).toEqual(["{Q}:a", "a1"]);
      expect(await consumer.call("BLPOP", ...pop)).toEqual(["{Q}:b", "b1"]);
      expect(await consumer.call("BRPOP", ...pop)).toEqual(["{Q}:b", "b2"]);
      expect(await consumer.call("BRPOP", ...pop)).toBe(null);
    });

    test("C2: a timeline is kept for active users only", async () => {
      const timeline = "Timelinecache:userA";
      expect(await client.call("RPUSHX", timeline, "data1")).toBe(0);
      expect(await client.push(timeline, "data")).toBe(1);
      expect(await client.call("RPUSHX", timeline, "data1")).toBe(2);
      expect(await client.list(timeline)).toEqual(["data", "data1"]);
    });

    test("C3: a circular queue turns by RPOPLPUSH or LMOVE onto itself", async () => {
      for (const element of ["a", "b", "c"]) await client.call("LPUSH", "circle", element);
      expect(await client.call("RPOPLPUSH", "circle", "circle")).toBe("a");
      expect(await client.list("circle")).toEqual(["a", "c", "b"]);
      expect(await client.call("LMOVE", "circle", "circle", "RIGHT", "LEFT")).toBe("b");
      expect(await client.list("circle")).toEqual(["b", "a", "c"]);
    });

    test("C4: each element goes to exactly one consumer, the oldest waiter first", async () => {
      await using consumers = new AsyncDisposableStack();
      const waiting: Promise<unknown>[] = [];
      for (const node of [0, 1, 2]) {
        const consumer = consumers.use(await connectTo(node));
        waiting.push(consumer.awaitFirst(["Q"], 0));
        await untilBlocked(cluster.nodeOf("Q"), waiting.length);
      }
      expect(await client.push("Q", "1", "2", "3", "4")).toBe(4);
      expect(await Promise.all(waiting)).toEqual(["1", "2", "3"].map((element) => ["Q", element]));
      expect(await client.list("Q")).toEqual(["4"]);
    });

    test("D1: XADD answers the id it chose, and takes one above the last only", async () => {
      expect(await client.append(EMAIL, { subject: "first", body: "hello?" })).toMatch(
        /^\d{13}-0$/,
      );
      await client.call("DEL", EMAIL);
      const add = async (id: string) => client.call("XADD", EMAIL, id, "subject", "x");
      await expect(add("0-0")).rejects.toThrow(
        "ERR The ID specified in XADD must be greater than 0-0",
      );
      expect(await add("1769843435725-1")).toBe("1769843435725-1");
      await expect(add("1769843435725-1")).rejects.toThrow(
        "ERR The ID specified in XADD is equal or smaller than the target stream top item",
      );
    });

    test("D2: XREAD BLOCK returns what is above an id at once, and waits for what comes after $", async () => {
      for (const id of ["1769843435725-0", "1769843435725-1", "1769843435726-0"]) {
        await client.call("XADD", EMAIL, id, "id", id);
      }
      await using reader = await connectTo(1);
      const ids = async (from: string, blockMs: number) =>
        (await reader.awaitEntries(EMAIL, from, blockMs)).map(({ id }) => id);
      expect(await ids("0", 0)).toEqual(["1769843435725-0", "1769843435725-1", "1769843435726-0"]);
      expect(await ids("1769843435725", 0)).toEqual(["1769843435725-1", "1769843435726-0"]);
      expect(await ids("$", 20)).toEqual([]);
      await using another = await connectTo(2);
      const waiting = [reader, another].map(async (each) => each.awaitEntries(EMAIL, "$", 5000));
      await untilBlocked(cluster.nodeOf(EMAIL), 2);
      await client.call("XADD", EMAIL, "1769843435727-0", "for", "both");
      const both = [{ id: "1769843435727-0", fields: { for: "both" } }];
      expect(await Promise.all(waiting)).toEqual([both, both]);
    });

    test("D3: XRANGE and XREVRANGE search by time, ( leaves a bound out", async () => {
      for (const id of ["1000-0", "1000-1", "2000-0", "3000-0"]) {
        await client.call("XADD", EMAIL, id, "n", "1");
      }
      expect(await range("XRANGE", "-", "+")).toEqual(["1000-0", "1000-1", "2000-0", "3000-0"]);
      expect(await range("XREVRANGE", "+", "-")).toEqual(["3000-0", "2000-0", "1000-1", "1000-0"]);
      expect(await range("XRANGE", "1000", "2000")).toEqual(["1000-0", "1000-1", "2000-0"]);
      expect(await range("XRANGE", "(1000-0", "(3000-0")).toEqual(["1000-1", "2000-0"]);
    });

    test("D4: each consumer gets what no other got, and its own pending entries again", async () => {
      expect(await client.changeGroups("CREATE", EMAIL, GROUP, "$", "MKSTREAM")).toBe("OK");
      await addMails(2);
      expect(await read("111", ">")).toEqual({ [EMAIL]: [mail(1)] });
      expect(await read("222", ">")).toEqual({ [EMAIL]: [mail(2)] });
      expect(await read("333", ">")).toEqual({});
      expect(await read("111", "0")).toEqual({ [EMAIL]: [mail(1)] });
      expect(await read("222", "1-0")).toEqual({ [EMAIL]: [mail(2)] });
    });

    test("D4: one group reads several streams of a slot", async () => {
      const streams = ["{s}Email", "{s}PushStream"];
      for (const stream of streams) {
        await client.changeGroups("CREATE", stream, "BiGroup", "0", "MKSTREAM");
        await client.call("XADD", stream, "1-0", "from", stream);
      }
      expect(
        await client.readGroup({
          ...{ group: "BiGroup", consumer: "111", count: 2 },
          streams: Object.fromEntries(streams.map((stream) => [stream, ">"])),
        }),
      ).toEqual(
        Object.fromEntries(
          streams.map((stream) => [stream, [{ id: "1-0", fields: { from: stream } }]]),
        ),
      );
    });

    test("D5: what was delivered is pending until it is acknowledged", async () => {
      await addMails(2);
      await client.changeGroups("CREATE", EMAIL, GROUP, "0");
      await read("111", ">", 2);
      expect(await client.pendingOf(EMAIL, GROUP)).toEqual({
        ...{ count: 2, lowest: "1-0", highest: "2-0", ofConsumers: { 111: 2 } },
      });
      expect(await client.call("XACK", EMAIL, GROUP, "1-0")).toBe(1);
      expect(await client.pendingOf(EMAIL, GROUP)).toEqual({
        ...{ count: 1, lowest: "2-0", highest: "2-0", ofConsumers: { 111: 1 } },
      });
    });

    test("D6, D7: of two who claim an idle entry the first gets it; XAUTOCLAIM needs no ids; each is a delivery", async () => {
      await addMails(2);
      await client.changeGroups("CREATE", EMAIL, GROUP, "0");
      await read("111", ">", 2);
      const by = (consumer: string) => ({ group: GROUP, consumer, minIdleMs: 1_000_000 });
      expect(await client.claim(EMAIL, "1-0", by("222"))).toEqual([]);
      // Idle for long, as if its consumer had died an hour ago.
      const grow = ["IDLE", "3600000", "JUSTID"] as const;
      await client.call("XCLAIM", EMAIL, GROUP, "111", "0", "1-0", "2-0", ...grow);
      expect(await client.claim(EMAIL, "1-0", by("222"))).toEqual([mail(1)]);
      expect(await client.claim(EMAIL, "1-0", by("333"))).toEqual([]);
      expect(await client.claimIdle(EMAIL, by("333"))).toEqual([mail(2)]);
      const pending = await client.call("XPENDING", EMAIL, GROUP, "-", "+", "10");
      expect(pending).toEqual([
        ["1-0", "222", expect.any(Number), 2],
        ["2-0", "333", expect.any(Number), 2],
      ]);
    });

    test("D8: XINFO tells of stream, groups and consumers, field by field", async () => {
      await addMails(3);
      await client.changeGroups("CREATE", EMAIL, GROUP, "0");
      await read("111", ">", 2);
      expect(await client.inspect("CONSUMERS", EMAIL, GROUP)).toEqual([
        { name: "111", pending: 2, idle: expect.any(Number), inactive: expect.any(Number) },
      ]);
      expect(await client.inspect("GROUPS", EMAIL)).toEqual([
        {
          ...{ name: GROUP, consumers: 1, pending: 2, "last-delivered-id": "2-0" },
          ...{ "entries-read": 2, lag: 1 },
        },
      ]);
      expect(await client.inspect("STREAM", EMAIL)).toEqual([
        expect.objectContaining({
          ...{ length: 3, "radix-tree-keys": 1, "radix-tree-nodes": 2, "last-generated-id": "3-0" },
          ...{
            "max-deleted-entry-id": "0-0",
            "entries-added": 3,
            "recorded-first-entry-id": "1-0",
          },
          ...{ groups: 1, "first-entry": expect.anything(), "last-entry": expect.anything() },
        }),
      ]);
    });

    test("E1, E2: acknowledged on receipt nothing is left to claim; otherwise another claims what a dead consumer had", async () => {
      await addMails(2);
      await client.changeGroups("CREATE", EMAIL, GROUP, "0");
      expect(await read("dead", ">")).toEqual({ [EMAIL]: [mail(1)] });
      expect(await client.call("XACK", EMAIL, GROUP, "1-0")).toBe(1);
      expect(await read("dead", ">")).toEqual({ [EMAIL]: [mail(2)] });
      expect(
        await client.claimIdle(EMAIL, { group: GROUP, consumer: "222", minIdleMs: 0 }),
      ).toEqual([mail(2)]);
    });

    test("E3: a set of processed ids tells the first time; a producer may send twice", async () => {
      expect(await client.call("SADD", "done", "1-0")).toBe(1);
      expect(await client.call("SADD", "done", "1-0")).toBe(0);
      const send = async () =>
        client.call("XADD", EMAIL, "IDMP", "shop", "order-1", "*", "subject", "once");
      expect(await send()).toBe(await send());
      expect(await client.call("XLEN", EMAIL)).toBe(1);
    });

    test("E4: nobody runs XAUTOCLAIM, and what is delivered too often is a dead letter", async () => {
      const dead = `{${EMAIL}}:dead`;
      await addMails(1);
      await client.changeGroups("CREATE", EMAIL, GROUP, "0");
      const policy = ["AUTOCLAIM", "50", "DELIVERYLIMIT", "2", "DEADLETTER", dead] as const;
      expect(await client.changeGroups("SETPOLICY", EMAIL, GROUP, ...policy)).toBe("OK");
      expect(await read("111", ">")).toEqual({ [EMAIL]: [mail(1)] });
      const within = { withinMs: DELIVERED_WITHIN_MS };
      await until(async () => (await read("222", ">"))[EMAIL] !== undefined, within);
      await until(
        async () =>
          Object.keys(await read("333", ">")).length === 0 &&
          (await client.call("XLEN", dead)) === 1,
        within,
      );
      expect((await client.pendingOf(EMAIL, GROUP)).count).toBe(0);
      const [letter] = await client.entries(dead);
      expect(letter?.fields).toMatchObject({
        ...{ subject: "mail 1", "dead-letter-id": "1-0", "dead-letter-consumer": "222" },
        ...{ "dead-letter-deliveries": "2", "dead-letter-reason": "delivery-limit" },
      });
    });
  });
}
