import { setTimeout as delay } from "node:timers/promises";
import { startCluster, until, type RespClient } from "@slotcast/testkit";
import { describe, expect, test } from "vitest";
import { connectIoredis } from "../clients/ioredis-client.ts";

// Goal: a node that dies takes only its own data and connections with it, and is a full member again after a restart.

const TEST_TIMEOUT_MS = 60_000;
const BACK_WITHIN_MS = 20_000;
/** Between attempts of a publisher that does not know when the subscriber is back. */
const RETRY_MS = 50;

describe.each(["all", "interest"])("in mode %s", (mode) => {
  test(
    "a node is killed and restarted: the others go on, and it receives again",
    { timeout: TEST_TIMEOUT_MS },
    async () => {
      await using cluster = await startCluster({ directives: { "cluster-publish-mode": mode } });
      await using first = await cluster.node(0).connect();
      await using second = await cluster.node(1).connect();
      await using killed = await cluster.node(2).connect();
      await using subscriber0 = await cluster.node(0).connect();
      await using subscriber1 = await cluster.node(1).connect();
      const key0 = ownKey(0);
      const key1 = ownKey(1);
      for (const subscriber of [subscriber0, subscriber1]) {
        await subscriber.subscribe("SUBSCRIBE", "news");
      }
      await first.call("SET", key0, "kept");

      await cluster.kill(2);
      await killed.untilClosed();
      expect(await first.call("GET", key0)).toBe("kept");
      expect(await second.call("SET", key1, "new")).toBe("OK");
      await expectHeard([subscriber0, subscriber1], first, "while it is dead");
      await expectHeard([subscriber0, subscriber1], second, "also from the other");
      await using late = await cluster.node(1).connect();
      await late.subscribe("SUBSCRIBE", "late");
      await first.call("PUBLISH", "late", "subscribed while it is dead");
      expect(await late.nextPush()).toEqual(["message", "late", "subscribed while it is dead"]);

      await cluster.restart(2);
      await cluster.untilReady();
      await using restarted = await cluster.node(2).connect();
      await using subscriber2 = await cluster.node(2).connect();
      await subscriber2.subscribe("SUBSCRIBE", "news");
      const all = [subscriber0, subscriber1, subscriber2];
      await expectHeard(all, first, "after the restart, from the first");
      await expectHeard(all, second, "from the second");
      await expectHeard(all, restarted, "from the restarted");
      // Its peers' interest from before is known to it again.
      await restarted.call("PUBLISH", "late", "from the restarted");
      expect(await late.nextPush()).toEqual(["message", "late", "from the restarted"]);

      function ownKey(node: number): string {
        const names = Array.from({ length: 100 }, (_, at) => `key:${at}`);
        return names.find((name) => cluster.nodeOf(name) === cluster.node(node)) ?? "";
      }
    },
  );
});

test(
  "every node killed in turn comes back to the others",
  { timeout: TEST_TIMEOUT_MS },
  async () => {
    await using cluster = await startCluster();
    for (const index of [0, 1, 2]) {
      await cluster.kill(index);
      await cluster.restart(index);
    }
    await cluster.untilReady();
    await using open = new AsyncDisposableStack();
    const subscribers: RespClient[] = [];
    for (const node of cluster.nodes) {
      const subscriber = open.use(await node.connect());
      await subscriber.subscribe("SUBSCRIBE", "news");
      subscribers.push(subscriber);
    }
    for (const [index, node] of cluster.nodes.entries()) {
      await expectHeard(subscribers, open.use(await node.connect()), `from ${index}`);
    }
  },
);

test(
  "ioredis subscribers of both kinds hear again after their node was restarted",
  { timeout: TEST_TIMEOUT_MS },
  async () => {
    await using cluster = await startCluster();
    const index = cluster.nodes.indexOf(cluster.nodeOf("ch1"));
    await using subscriber = await connectIoredis(cluster.node(index).port, 3);
    subscriber.cluster.on("error", () => {}); // its node is away for a moment
    const heard = new Set<string>();
    await subscriber.subscribe("news", (message) => heard.add(`message ${message}`));
    await subscriber.subscribeSharded("ch1", (message) => heard.add(`smessage ${message}`));
    await cluster.kill(index);
    await cluster.restart(index);
    await using publisher = await cluster.node(index).connect();
    const publishing = until(
      async () => {
        await publisher.call("PUBLISH", "news", "again");
        await publisher.call("SPUBLISH", "ch1", "again");
        await delay(RETRY_MS);
        expect([...heard].toSorted()).toEqual(["message again", "smessage again"]);
      },
      { withinMs: BACK_WITHIN_MS, what: "both subscriptions renewed" },
    );
    await expect(publishing).resolves.toBe(undefined);
  },
);

async function expectHeard(
  subscribers: readonly RespClient[],
  publisher: RespClient,
  message: string,
): Promise<void> {
  await publisher.call("PUBLISH", "news", message);
  for (const subscriber of subscribers) {
    expect(await subscriber.nextPush()).toEqual(["message", "news", message]);
  }
}
