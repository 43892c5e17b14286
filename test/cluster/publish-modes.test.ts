import { startCluster, type RespClient, type TestCluster } from "@slotcast/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

// Goal: who was told "subscribed" gets every message that is published anywhere after that, and mode `interest`
// sends nothing to nodes without a subscriber.

const PAIRS = 40;
const ROUNDS = 25;
const MESSAGES = 4000;
const SWITCHES = 40;

let cluster: TestCluster;

beforeAll(async () => {
  cluster = await startCluster();
});

afterAll(async () => {
  await cluster[Symbol.asyncDispose]();
});

async function setMode(mode: string): Promise<void> {
  for (const node of cluster.nodes) {
    await using client = await node.connect();
    await client.call("CONFIG", "SET", "cluster-publish-mode", mode);
  }
}

/** Published messages that the node sent to its peers. */
async function sentMessages(client: RespClient): Promise<number> {
  const info = (await client.callRaw("CLUSTER", "INFO")).latin1Slice();
  return Number(/^cluster_stats_messages_publish_sent:(\d+)/m.exec(info)?.[1] ?? 0);
}

describe("a message published after the confirmation is delivered", () => {
  test("for a thousand subscriptions that come and go on all nodes at once", async () => {
    const hammer = async (pair: number): Promise<void> => {
      await using subscriber = await cluster.node(pair % 3).connect();
      await using publisher = await cluster.node((pair + 1 + (pair % 2)) % 3).connect();
      for (let round = 0; round < ROUNDS; round += 1) {
        // Shared with other pairs: their subscriptions to it start and end in between.
        const channel = `round:${round % 5}`;
        await subscriber.subscribe("SUBSCRIBE", channel);
        const own = `${pair}.${round}`;
        await publisher.call("PUBLISH", channel, own);
        for (;;) {
          const [kind, from, payload] = await subscriber.nextPush();
          if (payload !== own) continue;
          expect([kind, from]).toEqual(["message", channel]);
          break;
        }
        await subscriber.subscribe("UNSUBSCRIBE", channel);
      }
    };
    await Promise.all(Array.from({ length: PAIRS }, async (_, pair) => hammer(pair)));
  });

  test("for names that nobody had before", async () => {
    const hammer = async (pair: number): Promise<void> => {
      await using subscriber = await cluster.node(pair % 3).connect();
      await using publisher = await cluster.node((pair + 1) % 3).connect();
      for (let round = 0; round < ROUNDS; round += 1) {
        const channel = `fresh:${pair}:${round}`;
        await subscriber.subscribe("SUBSCRIBE", channel);
        await publisher.call("PUBLISH", channel, "hello");
        expect(await subscriber.nextPush()).toEqual(["message", channel, "hello"]);
      }
    };
    await Promise.all(Array.from({ length: PAIRS }, async (_, pair) => hammer(pair)));
  });

  test("for patterns", async () => {
    const hammer = async (pair: number): Promise<void> => {
      await using subscriber = await cluster.node(pair % 3).connect();
      await using publisher = await cluster.node((pair + 2) % 3).connect();
      for (let round = 0; round < ROUNDS; round += 1) {
        const pattern = `p${pair}:*:${round}`;
        await subscriber.subscribe("PSUBSCRIBE", pattern);
        await publisher.call("PUBLISH", `p${pair}:any:${round}`, "hello");
        expect(await subscriber.nextPush()).toEqual([
          ...["pmessage", pattern],
          ...[`p${pair}:any:${round}`, "hello"],
        ]);
        await subscriber.subscribe("PUNSUBSCRIBE", pattern);
      }
    };
    await Promise.all(Array.from({ length: 10 }, async (_, pair) => hammer(pair)));
  });
});

test("a message published after the confirmation is delivered while a third node dies and returns", async () => {
  const over = new AbortController();
  const restarting = (async () => {
    await cluster.kill(2);
    await cluster.restart(2);
    await cluster.untilReady();
    over.abort();
  })();
  const hammer = async (pair: number): Promise<number> => {
    await using subscriber = await cluster.node(pair % 2).connect();
    await using publisher = await cluster.node((pair + 1) % 2).connect();
    let rounds = 0;
    for (; !over.signal.aborted; rounds += 1) {
      const channel = `meanwhile:${pair}:${rounds}`;
      await subscriber.subscribe("SUBSCRIBE", channel);
      await publisher.call("PUBLISH", channel, "hello");
      expect(await subscriber.nextPush()).toEqual(["message", channel, "hello"]);
      await subscriber.subscribe("UNSUBSCRIBE", channel);
    }
    return rounds;
  };
  const [rounds] = await Promise.all([hammer(0), hammer(1), hammer(2), hammer(3), restarting]);
  expect(rounds).toBeGreaterThan(ROUNDS);
});

test("mode interest sends nothing to nodes without a subscriber, mode all to every node", async () => {
  await using publisher = await cluster.node(0).connect();
  const sentBy = async (messages: number): Promise<number> => {
    const before = await sentMessages(publisher);
    for (let at = 0; at < messages; at += 1) await publisher.call("PUBLISH", "unheard", "x");
    return (await sentMessages(publisher)) - before;
  };
  expect(await sentBy(100)).toBe(0);
  await setMode("all");
  expect(await sentBy(100)).toBe(200);
  await setMode("interest");
  expect(await sentBy(100)).toBe(0);
  await using subscriber = await cluster.node(2).connect();
  await subscriber.subscribe("SUBSCRIBE", "unheard");
  expect(await sentBy(100)).toBe(100);
});

test("switching the mode under way loses, repeats and reorders nothing", async () => {
  await using subscriber = await cluster.node(1).connect();
  await using publisher = await cluster.node(0).connect();
  await subscriber.subscribe("SUBSCRIBE", "switched");
  const switching = (async () => {
    for (let at = 0; at < SWITCHES; at += 1) await setMode(at % 2 === 0 ? "all" : "interest");
  })();
  const numbers = Array.from({ length: MESSAGES }, (_, at) => String(at));
  for (const number of numbers) await publisher.call("PUBLISH", "switched", number);
  await switching;
  const received: unknown[] = [];
  for (let at = 0; at < MESSAGES; at += 1) received.push((await subscriber.nextPush())[2]);
  expect(received).toEqual(numbers);
});
