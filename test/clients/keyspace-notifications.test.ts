import { startCluster, startNode, until, type NodeProcess, type Reply } from "@slotcast/testkit";
import { Redis } from "ioredis";
import { createClient } from "redis";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { RedisCli, redisCliVersion } from "./redis-cli.ts";

// Goal: who asks for keyspace notifications with an unmodified client gets them, as the manual of Redis describes it.

const HEARD_WITHIN_MS = 5000;
const HOUR_MS = 3_600_000;

type Heard = string[];

/** The first `count` things that were heard, once there are as many; more are an error. */
async function firstHeard(heard: Heard, count: number): Promise<Heard> {
  const isEnough = (): void => {
    if (heard.length < count) throw new Error(`it heard ${JSON.stringify(heard)}`);
  };
  await until(isEnough, { withinMs: HEARD_WITHIN_MS, what: `${count} messages come` });
  return heard;
}

describe("keyspace notifications", () => {
  let node: NodeProcess;

  beforeAll(async () => {
    node = await startNode();
  });

  afterAll(async () => {
    await node[Symbol.asyncDispose]();
  });

  beforeEach(async () => {
    await using client = await node.connect();
    await client.call("FLUSHALL");
    await client.call("CONFIG", "SET", "notify-keyspace-events", "");
  });

  test.each([2, 3] as const)(
    "reach node-redis in RESP%i, by key and by event",
    async (protocol) => {
      const client = createClient({ url: `redis://127.0.0.1:${node.port}/3`, RESP: protocol });
      const subscriber = client.duplicate();
      await Promise.all([client.connect(), subscriber.connect()]);
      const heard: Heard = [];
      const hear = (message: string, channel: string): void => {
        heard.push(`${channel} ${message}`);
      };
      await client.configSet("notify-keyspace-events", "KEA");
      await subscriber.subscribe("__keyspace@3__:k", hear);
      await subscriber.pSubscribe("__keyevent@3__:*", hear);
      await client.multi().set("k", "v").lPush("l", "x").expire("k", 100).exec();
      await client.del(["k", "l"]);
      const expected = [
        ...["__keyspace@3__:k set", "__keyevent@3__:set k", "__keyevent@3__:lpush l"],
        ...["__keyspace@3__:k expire", "__keyevent@3__:expire k"],
        ...["__keyspace@3__:k del", "__keyevent@3__:del k", "__keyevent@3__:del l"],
      ];
      expect(await firstHeard(heard, expected.length)).toEqual(expected);
      await Promise.all([client.close(), subscriber.close()]);
    },
  );

  test.each([2, 3] as const)(
    "reach ioredis in RESP%i, of the classes asked for",
    async (protocol) => {
      const [client, subscriber] = [0, 1].map(() => new Redis({ port: node.port, protocol }));
      if (client === undefined || subscriber === undefined) throw new Error("two clients");
      const heard: Heard = [];
      subscriber.on("pmessage", (_pattern, channel, message) => {
        heard.push(`${channel} ${message}`);
      });
      await subscriber.psubscribe("__key*@*__:*");
      await client.config("SET", "notify-keyspace-events", "Elmn");
      expect(await client.config("GET", "notify-keyspace-events")).toEqual([
        "notify-keyspace-events",
        "lnEm",
      ]);
      await client.set("k", "v");
      await client.get("k");
      await client.get("gone");
      await client.rpush("l", "a", "b");
      await client.blmove("l", "other", "LEFT", "RIGHT", 1);
      await client.config("SET", "notify-keyspace-events", "");
      await client.rpush("l", "c");
      await client.publish("__keyend@0__:", "done");
      const expected = [
        ...["__keyevent@0__:new k", "__keyevent@0__:keymiss gone", "__keyevent@0__:new l"],
        ...["__keyevent@0__:rpush l", "__keyevent@0__:new other", "__keyevent@0__:rpush other"],
        ...["__keyevent@0__:lpop l", "__keyend@0__: done"],
      ];
      expect(await firstHeard(heard, expected.length)).toEqual(expected);
      client.disconnect();
      subscriber.disconnect();
    },
  );

  test.skipIf(redisCliVersion() === undefined)("are printed by redis-cli", async () => {
    await using client = await node.connect();
    await client.call("CONFIG", "SET", "notify-keyspace-events", "KEA");
    await using cli = new RedisCli({ port: node.port, protocol: 2 }).start(
      ...["psubscribe", "__key*__:*"],
    );
    const subscribed = `Reading messages... (press Ctrl-C to quit)\n1) "psubscribe"\n2) "__key*__:*"\n3) (integer) 1\n`;
    await cli.untilPrinted(subscribed);
    await client.call("INCR", "counter");
    const message = (channel: string, text: string): string =>
      `1) "pmessage"\n2) "__key*__:*"\n3) "${channel}"\n4) "${text}"\n`;
    await expect(
      cli.untilPrinted(
        subscribed +
          message("__keyspace@0__:counter", "incrby") +
          message("__keyevent@0__:incrby", "counter"),
      ),
    ).resolves.toBeUndefined();
  });

  test("tell of a key that expires although nobody asks for it, when it does", async () => {
    await using client = await node.connect();
    await using subscriber = await node.connect();
    await client.call("CONFIG", "SET", "notify-keyspace-events", "Ex");
    await subscriber.subscribe("SUBSCRIBE", "__keyevent@0__:expired");
    await client.call("SET", "later", "v", "PX", HOUR_MS);
    await client.call("SET", "soon", "v", "PX", 30);
    expect(await subscriber.nextPush()).toEqual(["message", "__keyevent@0__:expired", "soon"]);
    expect(await client.call("EXISTS", "soon", "later")).toBe(1);
    expect(subscriber.pushesWaiting).toBe(0);
  });

  test("are spoken of in Redis' words when they are misspelled", async () => {
    await using client = await node.connect();
    await expect(client.call("CONFIG", "SET", "notify-keyspace-events", "KEX")).rejects.toThrow(
      "ERR CONFIG SET failed (possibly related to argument 'notify-keyspace-events') - Invalid event class character. Use 'Ag$lshzxeKEtmdn'.",
    );
  });
});

test("in a cluster only the node that owns the key announces it, as of database 0", async () => {
  await using cluster = await startCluster();
  const subscribers = await Promise.all(cluster.nodes.map(async (node) => node.connect()));
  const owner = cluster.nodes.indexOf(cluster.nodeOf("hello"));
  for (const [index, subscriber] of subscribers.entries()) {
    await using client = await cluster.node(index).connect();
    await client.call("CONFIG", "SET", "notify-keyspace-events", "KEA");
    await subscriber.subscribe("PSUBSCRIBE", "__key*@*__:*");
  }
  await using client = await cluster.node(owner).connect();
  await client.call("SET", "hello", "world");
  // A message of the cluster, which comes to each node after whatever came before it.
  await client.call("PUBLISH", "__keyend@0__:", "done");
  const heard = await Promise.all(
    subscribers.map(async (subscriber) => {
      const channels: Reply[] = [];
      while (!channels.includes("__keyend@0__:")) {
        const [, , channel = null] = await subscriber.nextPush();
        channels.push(channel);
      }
      return channels;
    }),
  );
  const announced = ["__keyspace@0__:hello", "__keyevent@0__:set", "__keyend@0__:"];
  expect(heard).toEqual(
    cluster.nodes.map((_, index) => (index === owner ? announced : announced.slice(-1))),
  );
  await Promise.all(subscribers.map(async (subscriber) => subscriber[Symbol.asyncDispose]()));
});
