import { ascii, hashSlot } from "@slotcast/protocol";
import { startCluster, until, type RespClient, type TestCluster } from "@slotcast/testkit";
import { expect, test } from "vitest";
import { connectIoredis } from "../clients/ioredis-client.ts";
import { connectNodeRedis } from "../clients/node-redis-client.ts";

// Goal: subscribers of a shard channel hear what is published to it on any node of its shard, whichever of them they
// chose, also through a failover; and they are told when the shard has it no more.

const TEST_TIMEOUT_MS = 90_000;
const WITHIN_MS = 30_000;
const DIRECTIVES = { "cluster-node-timeout": "1500" };

test(
  "what is published on any node of the shard is heard on all of them, in the order of each publisher",
  { timeout: TEST_TIMEOUT_MS },
  async () => {
    await using cluster = await startCluster({ nodes: 2, replicas: 1, directives: DIRECTIVES });
    await using open = new AsyncDisposableStack();
    const [channel, lone] = namesOf(cluster, 0);
    const subscribers: RespClient[] = [];
    for (const [node, protocol] of [
      [0, 2],
      [0, 3],
      [2, 2],
      [2, 3],
    ] as const) {
      const subscriber = open.use(await cluster.node(node).connect());
      await subscriber.call("HELLO", String(protocol));
      await subscriber.subscribe("SSUBSCRIBE", channel);
      subscribers.push(subscriber);
    }
    const onIoredis: string[] = [];
    const onNodeRedis: string[] = [];
    const ioredis = open.use(await connectIoredis(cluster.node(1).port, 2));
    await ioredis.subscribeSharded(channel, (text) => onIoredis.push(text));
    const nodeRedis = open.use(await connectNodeRedis(cluster.node(1).port, 3));
    await nodeRedis.subscribeSharded(channel, (text) => onNodeRedis.push(text));

    // A confirmation was worth something on the replica, too: all of it is heard from the first message on.
    const count = 300;
    const publish = async (node: number, subscribersThere: number): Promise<void> => {
      await using client = await cluster.node(node).connect();
      for (let sent = 0; sent < count; sent += 50) {
        const replies = Array.from({ length: 50 }, async (_, at) =>
          client.call("SPUBLISH", channel, `${node} ${sent + at}`),
        );
        // Those of its own node, as with Redis.
        expect(await Promise.all(replies)).toEqual(new Array(50).fill(subscribersThere));
      }
    };
    await Promise.all([publish(0, 4), publish(2, 2)]);
    const inOrder = Array.from({ length: count }, (_, index) => index);
    for (const subscriber of subscribers) {
      const heard: string[] = [];
      while (heard.length < 2 * count) {
        const [kind, name, payload] = await subscriber.nextPush();
        expect([kind, name]).toEqual(["smessage", channel]);
        heard.push(typeof payload === "string" ? payload : "");
      }
      expect([from(heard, 0), from(heard, 2)]).toEqual([inOrder, inOrder]);
    }
    for (const heard of [onIoredis, onNodeRedis]) {
      await until(() => heard.length >= 2 * count, { withinMs: WITHIN_MS, what: "all heard" });
      expect([from(heard, 0), from(heard, 2)]).toEqual([inOrder, inOrder]);
    }

    // A node of another shard sends publishers and subscribers to the primary, and got none of it.
    for (const node of [1, 3]) {
      await using client = await cluster.node(node).connect();
      const moved = `MOVED ${hashSlot(ascii(channel))} 127.0.0.1:${cluster.node(0).port}`;
      await expect(client.call("SPUBLISH", channel, "x")).rejects.toThrow(moved);
      await expect(client.call("SSUBSCRIBE", channel)).rejects.toThrow(moved);
      expect(await client.callText("CLUSTER", "INFO")).not.toContain("publishshard_received");
    }
    // PUBSUB shows the subscribers of the node that is asked.
    await subscribers[2]?.subscribe("SSUBSCRIBE", lone);
    for (const [node, others] of [
      [0, 0],
      [2, 1],
    ] as const) {
      await using client = await cluster.node(node).connect();
      expect(await client.call("PUBSUB", "SHARDNUMSUB", lone)).toEqual([lone, others]);
    }
  },
);

test(
  "who is subscribed to a shard channel is told when the shard has it no more, and keeps the connection",
  { timeout: TEST_TIMEOUT_MS },
  async () => {
    await using cluster = await startCluster({ nodes: 2, replicas: 1, directives: DIRECTIVES });
    await using open = new AsyncDisposableStack();
    const connect = async (node: number): Promise<RespClient> =>
      open.use(await cluster.node(node).connect());
    const [channel, lone] = namesOf(cluster, 0);
    const [theirs] = namesOf(cluster, 1);
    const [primary, other, replica] = await Promise.all([0, 1, 2].map(connect));
    const [onPrimary, onOther, onReplica] = await Promise.all([0, 1, 2].map(connect));
    if (!primary || !other || !replica || !onPrimary || !onOther || !onReplica) throw new Error();
    await onPrimary.subscribe("SSUBSCRIBE", channel);
    await onOther.subscribe("SSUBSCRIBE", theirs);
    await onReplica.subscribe("SSUBSCRIBE", channel);
    await onReplica.subscribe("SSUBSCRIBE", lone);
    await onReplica.subscribe("SUBSCRIBE", channel);

    const slot = String(hashSlot(ascii(lone)));
    await primary.call("CLUSTER", "DELSLOTS", slot);
    expect(await onReplica.nextConfirmation()).toEqual(["sunsubscribe", lone, 1]);
    await primary.call("CLUSTER", "ADDSLOTS", slot);

    await replica.call("CLUSTER", "REPLICATE", await other.callText("CLUSTER", "MYID"));
    expect(await onReplica.nextConfirmation()).toEqual(["sunsubscribe", channel, 0]);
    // Classic channels are no business of shards.
    await other.call("PUBLISH", channel, "classic");
    expect(await onReplica.nextPush()).toEqual(["message", channel, "classic"]);
    await onReplica.subscribe("UNSUBSCRIBE", channel);
    // With no subscription left, RESP2 allows every command again.
    await expect(onReplica.call("GET", channel)).rejects.toThrow("MOVED");
    await onReplica.subscribe("SSUBSCRIBE", theirs);
    await until(
      async () => {
        await other.call("SPUBLISH", theirs, "welcome");
        return onReplica.pushesWaiting > 0;
      },
      { withinMs: WITHIN_MS, what: "heard in its new shard" },
    );
    await primary.call("SPUBLISH", channel, "still here");
    expect(await onPrimary.nextPush()).toEqual(["smessage", channel, "still here"]);
  },
);

test(
  "a failover ends no subscription: who listens on a replica hears the new primary",
  { timeout: TEST_TIMEOUT_MS },
  async () => {
    await using cluster = await startCluster({ nodes: 1, replicas: 2, directives: DIRECTIVES });
    await using open = new AsyncDisposableStack();
    const subscribers: RespClient[] = [];
    for (const node of [1, 2]) {
      const subscriber = open.use(await cluster.node(node).connect());
      await subscriber.subscribe("SSUBSCRIBE", "news");
      subscribers.push(subscriber);
    }
    const onIoredis: string[] = [];
    const ioredis = open.use(await connectIoredis(cluster.node(1).port, 2));
    await ioredis.subscribeSharded("news", (text) => onIoredis.push(text));
    const onNodeRedis: string[] = [];
    const nodeRedis = open.use(await connectNodeRedis(cluster.node(1).port, 2));
    await nodeRedis.subscribeSharded("news", (text) => onNodeRedis.push(text));

    await cluster.kill(0);
    // The survivors reach each other all the time, whoever leads.
    await using survivor = await cluster.node(2).connect();
    for (let sent = 0; sent < 20; sent += 1) await survivor.call("SPUBLISH", "news", `${sent}`);
    for (const subscriber of subscribers) {
      for (let taken = 0; taken < 20; taken += 1) {
        expect(await subscriber.nextPush()).toEqual(["smessage", "news", `${taken}`]);
      }
    }
    const primary = await untilPromoted(cluster, [1, 2]);
    await using publisher = await cluster.node(primary).connect();
    await publisher.call("SPUBLISH", "news", "from the new primary");
    for (const subscriber of subscribers) {
      expect(await subscriber.nextPush()).toEqual(["smessage", "news", "from the new primary"]);
    }
    // Their subscriber was on the node that died, so they find the shard's new primary.
    for (const heard of [onIoredis, onNodeRedis]) {
      await until(
        async () => {
          await publisher.call("SPUBLISH", "news", "again");
          return heard.includes("again");
        },
        { withinMs: WITHIN_MS, what: "a client that subscribed again" },
      );
    }

    await cluster.restart(0);
    await cluster.untilReady();
    await using back = await cluster.node(0).connect();
    await back.subscribe("SSUBSCRIBE", "news");
    await publisher.call("SPUBLISH", "news", "to the restarted");
    expect(await back.nextPush()).toEqual(["smessage", "news", "to the restarted"]);
    // Handed over, the other way round.
    await using restarted = await cluster.node(0).connect();
    await restarted.call("CLUSTER", "FAILOVER");
    await restarted.call("SPUBLISH", "news", "from the first again");
    for (const subscriber of [...subscribers, back]) {
      await until(async () => (await subscriber.nextPush())[2] === "from the first again", {
        withinMs: WITHIN_MS,
        what: "heard by all",
      });
    }
  },
);

/** Numbers of the messages of one publisher, in the order in which they were heard. */
function from(heard: readonly string[], publisher: number): number[] {
  return heard
    .map((text) => text.split(" ").map(Number))
    .flatMap(([node, index]) => (node === publisher && index !== undefined ? [index] : []));
}

/** Names in two slots of a shard. */
function namesOf(cluster: TestCluster, primary: number): [string, string] {
  const names = Array.from({ length: 100 }, (_, at) => `channel:${at}`);
  const [one, two] = names.filter((name) => cluster.nodeOf(name) === cluster.node(primary));
  if (one === undefined || two === undefined) throw new Error("no such name");
  return [one, two];
}

async function untilPromoted(cluster: TestCluster, nodes: readonly number[]): Promise<number> {
  let primary = -1;
  await until(
    async () => {
      for (const node of nodes) {
        await using client = await cluster.node(node).connect();
        const reply = await client.callRaw("ROLE");
        if (reply.includes("master")) primary = node;
      }
      return primary >= 0;
    },
    { withinMs: WITHIN_MS, what: "a replica that leads" },
  );
  return primary;
}
