import { ascii, hashSlot } from "@slotcast/protocol";
import { startCluster, until, type RespClient, type TestCluster } from "@slotcast/testkit";
import { expect, test } from "vitest";

// Goal: clients that wait, listen, cache or look on see of a failover what there is to see, and lose nothing else.

const TEST_TIMEOUT_MS = 90_000;
const WITHIN_MS = 30_000;
const DIRECTIVES = { "cluster-node-timeout": "1500", "notify-keyspace-events": "KA" };

test(
  "who waits on a primary that hands over is sent to the new one, and keeps the connection",
  { timeout: TEST_TIMEOUT_MS },
  async () => {
    await using cluster = await startCluster({ nodes: 1, replicas: 1, directives: DIRECTIVES });
    await using open = new AsyncDisposableStack();
    const connect = async (node: number): Promise<RespClient> =>
      open.use(await cluster.node(node).connect());
    const [popper, reader, waiter, channelReader] = await Promise.all([0, 0, 0, 0].map(connect));
    const replica = await connect(1);
    if (!popper || !reader || !waiter || !channelReader) throw new Error("four were connected");
    await channelReader.subscribe("SSUBSCRIBE", "news");
    const popped = popper.callRaw("BLPOP", "queue", "0");
    const read = reader.callRaw("XREAD", "BLOCK", "0", "STREAMS", "stream", "$");
    const waited = waiter.callRaw("WAIT", "2", "0");
    await until(async () => (await countBlocked(cluster, 0)) === 3, { withinMs: WITHIN_MS });

    await replica.call("CLUSTER", "FAILOVER");
    const { port } = cluster.node(1);
    const moved = (key: string): string => `-MOVED ${hashSlot(ascii(key))} 127.0.0.1:${port}\r\n`;
    expect((await popped).latin1Slice()).toBe(moved("queue"));
    expect((await read).latin1Slice()).toBe(moved("stream"));
    // Nobody had a second replica.
    expect((await waited).latin1Slice()).toMatch(/^:[01]\r\n$/);

    // Where it was sent, the same request waits, and is served.
    const again = await connect(1);
    const poppedThere = again.call("BLPOP", "queue", "0");
    await until(async () => (await countBlocked(cluster, 1)) === 1, { withinMs: WITHIN_MS });
    await replica.call("RPUSH", "queue", "job");
    expect(await poppedThere).toEqual(["queue", "job"]);
    // The old connections are good for all that a replica does.
    expect(await popper.call("READONLY")).toBe("OK");
    await until(async () => (await popper.call("EXISTS", "queue")) === 0, { withinMs: WITHIN_MS });
    await replica.call("SPUBLISH", "news", "from the new primary");
    expect(await channelReader.nextPush()).toEqual(["smessage", "news", "from the new primary"]);
  },
);

// A library that loses a connection with a request on its way tells the application of an error.
test(
  "who waits for more replicas than there are has his answer when another one has the write, whoever else writes",
  { timeout: TEST_TIMEOUT_MS },
  async () => {
    await using cluster = await startCluster({ nodes: 1, replicas: 2, directives: DIRECTIVES });
    await using client = await cluster.node(0).connect();
    await cluster.kill(2);
    expect(await client.call("SET", "key", "value")).toBe("OK");
    const waited = client.call("WAIT", "2", "0");
    await until(async () => (await countBlocked(cluster, 0)) === 1, { withinMs: WITHIN_MS });
    await cluster.restart(2);
    expect(await waited).toBe(2);
  },
);

test(
  "a primary that is told to stop redirects its clients for a while before it closes their connections",
  { timeout: TEST_TIMEOUT_MS },
  async () => {
    await using cluster = await startCluster({ nodes: 1, replicas: 1, directives: DIRECTIVES });
    await using client = await cluster.node(0).connect();
    const replies: string[] = [];
    const set = async (): Promise<void> => {
      replies.push((await client.callRaw("SET", "key", "value")).latin1Slice());
    };
    // Before it is told: else it may have handed over when the first one comes.
    await set();
    const stopped = cluster.kill(0, "SIGTERM");
    try {
      for (;;) await set();
    } catch {
      // Closed, at last.
    }
    await stopped;
    const { port } = cluster.node(1);
    const moved = `-MOVED ${hashSlot(ascii("key"))} 127.0.0.1:${port}\r\n`;
    expect(new Set(replies)).toEqual(new Set(["+OK\r\n", moved]));
    expect(replies.filter((reply) => reply === moved).length).toBeGreaterThan(5);
  },
);

test(
  "on a replica a reader waits on, and events, caches and monitors follow what is done, before a failover and after it",
  { timeout: TEST_TIMEOUT_MS },
  async () => {
    await using cluster = await startCluster({ nodes: 1, replicas: 2, directives: DIRECTIVES });
    await using primary = await cluster.node(0).connect();
    await using events = await cluster.node(1).connect();
    await using cache = await cluster.node(1).connect();
    await using monitor = await cluster.node(1).connect();
    await using reader = await cluster.node(1).connect();
    await events.subscribe("SUBSCRIBE", "__keyspace@0__:key");
    await monitor.call("MONITOR");
    await primary.call("SET", "key", "1");
    expect(await events.nextPush()).toEqual(["message", "__keyspace@0__:key", "set"]);
    expect((await monitor.nextReply()).latin1Slice()).toMatch(
      new RegExp(`^\\+\\d+\\.\\d+ \\[0 127.0.0.1:${cluster.node(0).port}\\] "SET" "key" "1"\r\n$`),
    );
    await cache.call("HELLO", "3");
    for (const client of [cache, reader]) await client.call("READONLY");
    await cache.call("CLIENT", "TRACKING", "ON");
    expect(await cache.call("GET", "key")).toBe("1");
    const read = reader.call("XREAD", "BLOCK", "0", "STREAMS", "stream", "$");
    await until(async () => (await countBlocked(cluster, 1)) === 1, { withinMs: WITHIN_MS });

    await cluster.kill(0);
    const leader = await untilPromoted(cluster, [1, 2]);
    await using publisher = await cluster.node(leader).connect();
    await publisher.call("SET", "key", "2");
    await publisher.call("DEL", "key");
    await publisher.call("XADD", "stream", "1-1", "field", "value");
    for (const event of ["set", "del"]) {
      expect(await events.nextPush()).toEqual(["message", "__keyspace@0__:key", event]);
    }
    expect(await cache.nextPush()).toEqual(["invalidate", ["key"]]);
    // Its shard has another primary, and it may be on that: neither ends what it waits for.
    expect(await read).toEqual([["stream", [["1-1", ["field", "value"]]]]]);
  },
);

test(
  "what survivors publish while a primary dies and comes back is heard by all survivors, once and in order",
  { timeout: TEST_TIMEOUT_MS },
  async () => {
    await using cluster = await startCluster({ nodes: 2, replicas: 1, directives: DIRECTIVES });
    await using open = new AsyncDisposableStack();
    const survivors = [1, 2, 3];
    const subscribers: RespClient[] = [];
    for (const node of survivors) {
      const subscriber = open.use(await cluster.node(node).connect());
      await subscriber.subscribe("SUBSCRIBE", "news");
      subscribers.push(subscriber);
    }
    const over = new AbortController();
    const publish = async (node: number): Promise<number> => {
      await using client = await cluster.node(node).connect();
      let sent = 0;
      for (; !over.signal.aborted; sent += 1)
        await client.call("PUBLISH", "news", `${node} ${sent}`);
      return sent;
    };
    const publishers = survivors.map(publish);
    await cluster.kill(0);
    await untilPromoted(cluster, [2]);
    await cluster.restart(0);
    await cluster.untilReady();
    // It wants what its subscribers want, of all others, before they are told that they are subscribed.
    await using back = await cluster.node(0).connect();
    await back.subscribe("SUBSCRIBE", "news");
    const heardBack = new Set<string>();
    await until(
      async () => {
        heardBack.add(textOf(await back.nextPush()).slice(0, 1));
        return heardBack.size === survivors.length;
      },
      { withinMs: WITHIN_MS },
    );
    over.abort();
    const sent = await Promise.all(publishers);
    const total = sent.reduce((sum, count) => sum + count, 0);
    for (const subscriber of subscribers) {
      const next = new Map(survivors.map((node) => [node, 0]));
      for (let taken = 0; taken < total; taken += 1) {
        const [node = 0, index] = textOf(await subscriber.nextPush())
          .split(" ")
          .map(Number);
        expect(index).toBe(next.get(node));
        next.set(node, (index ?? 0) + 1);
      }
      expect([...next.values()]).toEqual(sent);
    }
  },
);

/** Of a message. */
function textOf(push: Awaited<ReturnType<RespClient["nextPush"]>>): string {
  const payload = push.at(-1);
  return typeof payload === "string" ? payload : "";
}

async function countBlocked(cluster: TestCluster, node: number): Promise<number> {
  await using client = await cluster.node(node).connect();
  const info = await client.callText("INFO", "clients");
  return Number(/blocked_clients:(\d+)/.exec(info)?.[1]);
}

async function untilPromoted(cluster: TestCluster, nodes: readonly number[]): Promise<number> {
  let leader = -1;
  await until(
    async () => {
      for (const node of nodes) {
        await using client = await cluster.node(node).connect();
        if ((await client.callRaw("ROLE")).includes("master")) leader = node;
      }
      return leader >= 0;
    },
    { withinMs: WITHIN_MS, what: "a replica that leads" },
  );
  return leader;
}
