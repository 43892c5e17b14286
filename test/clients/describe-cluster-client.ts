import { startCluster, until, type TestCluster } from "@slotcast/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { untilBlocked } from "../cluster/until-blocked.ts";
import type { ClusterClient } from "./cluster-client.ts";

const DELIVERED_WITHIN_MS = 5000;
/** Enough for every node to own hundreds. */
const KEYS = 1000;
/** One key or channel per node of a cluster of three: slots 866, 7365 and 12182. */
const ON_EACH_NODE = ["hello", "hash", "foo"] as const;

/**
 * What every cluster client must be able to do, told through its own API against a cluster of three. `connect`
 * is told the port of one node.
 */
export function describeClusterClient(
  name: string,
  protocol: 2 | 3,
  connect: (port: number) => Promise<ClusterClient>,
): void {
  describe(`${name} in RESP${protocol}`, () => {
    let cluster: TestCluster;

    beforeAll(async () => {
      cluster = await startCluster();
    });

    afterAll(async () => {
      await cluster[Symbol.asyncDispose]();
    });

    async function connectTo(node: number): Promise<ClusterClient> {
      return connect(cluster.node(node).port);
    }

    test("speaks the protocol that it was asked to", async () => {
      await using client = await connectTo(0);
      expect(await client.spokenProtocol()).toBe(String(protocol));
    });

    test("stores and reads a thousand keys, wherever their slots are", async () => {
      await using client = await connectTo(0);
      const keys = Array.from({ length: KEYS }, (_, at) => `spread:${at}`);
      await Promise.all(keys.map(async (key) => client.set(key, `value of ${key}`)));
      const values = await Promise.all(keys.map(async (key) => client.get(key)));
      expect(values).toEqual(keys.map((key) => `value of ${key}`));
      expect(await client.get("spread:no")).toBe(null);
      for (const node of cluster.nodes) {
        await using direct = await node.connect();
        expect(await direct.call("DBSIZE")).toBeGreaterThan(KEYS / 5);
      }
    });

    test("follows MOVED when it believes in an old owner", async () => {
      await using client = await connectTo(1);
      const [key, elsewhere] = ON_EACH_NODE;
      await client.set(key, "old");
      client.misplace(key, elsewhere);
      await client.set(key, "new");
      await using owner = await cluster.nodeOf(key).connect();
      expect(await owner.call("GET", key)).toBe("new");
    });

    test("gets the errors of its commands", async () => {
      await using client = await connectTo(0);
      await client.set("text", "abc");
      await expect(client.call("INCR", "text")).rejects.toThrow(
        "ERR value is not an integer or out of range",
      );
      await expect(client.push("text", "a")).rejects.toThrow(
        "WRONGTYPE Operation against a key holding the wrong kind of value",
      );
      await expect(client.awaitFirst(["hello", "hash"], 1)).rejects.toThrow(/CROSSSLOT/);
      await expect(client.call("XADD", "stream", "0-0", "a", "b")).rejects.toThrow(
        "ERR The ID specified in XADD must be greater than 0-0",
      );
    });

    test("gets the replies of a pipeline in their order", async () => {
      await using client = await connectTo(2);
      const commands = Array.from({ length: 500 }, (_, at) => {
        const key = at % 2 === 0 ? "{pipeline}:even" : "{pipeline}:odd";
        return ["RPUSH", key, `v${at}`] as const;
      });
      const replies = await client.pipeline(commands);
      expect(replies).toEqual(commands.map((_, at) => Math.floor(at / 2) + 1));
      expect((await client.list("{pipeline}:odd")).at(-1)).toBe("v499");
    });

    test("executes a transaction on the node of its keys", async () => {
      await using client = await connectTo(0);
      for (const tag of ON_EACH_NODE) {
        const replies = await client.transaction([
          ["SET", `{${tag}}:count`, "1"],
          ["INCR", `{${tag}}:count`],
          ["RPUSH", `{${tag}}:log`, "incremented"],
        ]);
        expect(replies).toEqual(["OK", 2, 1]);
        expect(await client.get(`{${tag}}:count`)).toBe("2");
      }
    });

    test("waits in BLPOP until another client pushes", async () => {
      await using consumer = await connectTo(0);
      await using producer = await connectTo(1);
      for (const key of ON_EACH_NODE) {
        const queues = [`{${key}}:a`, `{${key}}:b`];
        const popped = consumer.awaitFirst(queues, 0);
        await untilBlocked(cluster.nodeOf(key), 1);
        expect(await producer.push(`{${key}}:b`, "job 1", "job 2")).toBe(2);
        expect(await popped).toEqual([`{${key}}:b`, "job 1"]);
        expect(await producer.list(`{${key}}:b`)).toEqual(["job 2"]);
      }
      expect(await consumer.awaitFirst(["nobody pushes"], 0.05)).toBe(null);
    });

    test("waits in XREAD BLOCK until another client appends", async () => {
      await using reader = await connectTo(0);
      await using writer = await connectTo(2);
      const stream = "events";
      const first = await writer.append(stream, { subject: "first" });
      expect(await reader.awaitEntries(stream, "0", 0)).toEqual([
        { id: first, fields: { subject: "first" } },
      ]);
      const waiting = reader.awaitEntries(stream, "$", 0);
      await untilBlocked(cluster.nodeOf(stream), 1);
      const second = await writer.append(stream, { subject: "second", body: "hello?" });
      const entry = { id: second, fields: { subject: "second", body: "hello?" } };
      expect(await waiting).toEqual([entry]);
      expect(await reader.awaitEntries(stream, "$", 20)).toEqual([]);
      expect((await writer.entries(stream)).at(-1)).toEqual(entry);
    });

    test("gets the messages of a channel from every node, in order of each", async () => {
      await using subscriber = await connectTo(0);
      await using publisher = await connectTo(2);
      const heard: string[] = [];
      await subscriber.subscribe("news", (message) => heard.push(message));
      await publisher.publish("news", "from the client");
      for (const [at, node] of cluster.nodes.entries()) {
        await using direct = await node.connect();
        for (const part of [1, 2, 3]) await direct.call("PUBLISH", "news", `${at}.${part}`);
      }
      await untilLength(heard, 10);
      const fromNodes = heard.filter((message) => message !== "from the client");
      for (const node of [0, 1, 2]) {
        const own = fromNodes.filter((message) => message.startsWith(`${node}.`));
        expect(own).toEqual([`${node}.1`, `${node}.2`, `${node}.3`]);
      }
    });

    test("gets a message once for its channel and once for each pattern", async () => {
      await using subscriber = await connectTo(1);
      const heard: string[] = [];
      await subscriber.subscribe("mail-1", (message) => heard.push(`message ${message}`));
      await subscriber.subscribePattern("mail-*", (message, channel) => {
        heard.push(`pmessage ${channel} ${message}`);
      });
      await using publisher = await connectTo(0);
      await publisher.publish("mail-1", "both");
      await publisher.publish("mail-2", "pattern only");
      await publisher.publish("post-1", "nobody");
      await publisher.publish("mail-3", "last");
      // The client may publish on several nodes: between those there is no order.
      await untilLength(heard, 4);
      expect(heard.toSorted()).toEqual([
        "message both",
        "pmessage mail-1 both",
        "pmessage mail-2 pattern only",
        "pmessage mail-3 last",
      ]);
    });

    test("gets sharded messages from the owner of each channel, in order", async () => {
      await using subscriber = await connectTo(0);
      await using publisher = await connectTo(1);
      const heard: Record<string, string[]> = { hello: [], hash: [], foo: [] };
      for (const channel of ON_EACH_NODE) {
        await subscriber.subscribeSharded(channel, (message) => heard[channel]?.push(message));
      }
      const messages = Array.from({ length: 50 }, (_, at) => `message ${at}`);
      for (const message of messages) {
        for (const channel of ON_EACH_NODE) {
          expect(await publisher.publishSharded(channel, message)).toBe(1);
        }
      }
      for (const channel of ON_EACH_NODE) await untilLength(heard[channel] ?? [], messages.length);
      expect(heard).toEqual({ hello: messages, hash: messages, foo: messages });
    });

    test("keeps channels and shard channels of one name apart", async () => {
      await using subscriber = await connectTo(0);
      const heard: string[] = [];
      await subscriber.subscribe("twin", (message) => heard.push(`message ${message}`));
      await subscriber.subscribeSharded("twin", (message) => heard.push(`smessage ${message}`));
      await using publisher = await connectTo(1);
      await publisher.publish("twin", "classic");
      await publisher.publishSharded("twin", "sharded");
      await untilLength(heard, 2);
      expect(heard.toSorted()).toEqual(["message classic", "smessage sharded"]);
    });

    test("hears nothing more after it unsubscribed", async () => {
      await using subscriber = await connectTo(0);
      const heard: string[] = [];
      const listen = (message: string): void => void heard.push(message);
      await subscriber.subscribe("quiet", listen);
      await subscriber.subscribeSharded("quiet", listen);
      await subscriber.unsubscribe("quiet");
      await subscriber.unsubscribeSharded("quiet");
      await using publisher = await connectTo(1);
      await publisher.publish("quiet", "unheard");
      expect(await publisher.publishSharded("quiet", "unheard")).toBe(0);
      await subscriber.subscribe("end", listen);
      await publisher.publish("end", "heard");
      await untilLength(heard, 1);
      expect(heard).toEqual(["heard"]);
    });
  });
}

async function untilLength(heard: readonly string[], length: number): Promise<void> {
  await until(() => heard.length >= length, {
    withinMs: DELIVERED_WITHIN_MS,
    what: `the arrival of ${length} messages`,
  });
}
