import {
  decodeReply,
  type RespClient,
  startCluster,
  until,
  type NodeProcess,
  type TestCluster,
} from "@slotcast/testkit";
import { expect, test } from "vitest";
import { CheckingSubscriber, numberedPayload, type ChannelOf } from "./checking-subscriber.ts";

// Goal: no message is lost, duplicated or out of order per publisher, in either publish mode.
// Method: a message says who published it and as which of his; every subscriber knows which it must get.
// Publishers wait for replies, so that no subscriber is closed for being slow; drops are looked for all the same.

const MESSAGES = 1_000_000;
const PUBLISHERS = 10;
const MESSAGES_PER_PUBLISHER = MESSAGES / PUBLISHERS;
const SUBSCRIBERS = 50;
const CLASSIC_CHANNELS = 20;
const SHARD_CHANNELS_PER_NODE = 6;
const PAYLOAD_BYTES = 32;
/** Commands that a publisher has under way. */
const WINDOW = 200;
const TEST_TIMEOUT_MS = 120_000;
const DELIVERED_WITHIN_MS = 30_000;

interface Subscription {
  readonly node: number;
  readonly classic: string;
  readonly sharded: string;
}

/** Shard channels by the node that owns them. */
function chooseShardChannels(cluster: TestCluster): string[][] {
  const names = Array.from({ length: 1000 }, (_, at) => `shard:${at}`);
  return cluster.nodes.map((node) =>
    names.filter((name) => cluster.nodeOf(name) === node).slice(0, SHARD_CHANNELS_PER_NODE),
  );
}

/** Each subscriber holds a classic channel and a shard channel of its node. */
function chooseSubscriptions(shardChannels: readonly string[][]): Subscription[] {
  return Array.from({ length: SUBSCRIBERS }, (_, at) => {
    const node = at % shardChannels.length;
    const own = shardChannels[node] ?? [];
    const sharded = own[Math.floor(at / shardChannels.length) % own.length] ?? "";
    return { node, classic: `classic:${at % CLASSIC_CHANNELS}`, sharded };
  });
}

/** Half of a publisher's messages are classic, half sharded, in turn; a publisher is on node `number % 3`. */
function channelChooser(shardChannels: readonly string[][]): ChannelOf {
  return (publisher, seq) => {
    const half = seq >> 1;
    if (seq % 2 === 0) return `classic:${half % CLASSIC_CHANNELS}`;
    const own = shardChannels[publisher % shardChannels.length] ?? [];
    return own[half % own.length] ?? "";
  };
}

/** Publishes all messages of one publisher. Resolves with the receivers that the replies counted. */
async function publishAll(
  client: RespClient,
  publisher: number,
  channelOf: ChannelOf,
): Promise<number> {
  let receivers = 0;
  for (let first = 0; first < MESSAGES_PER_PUBLISHER; first += WINDOW) {
    let requests = "";
    for (let seq = first; seq < first + WINDOW; seq += 1) {
      const payload = numberedPayload(publisher, seq, PAYLOAD_BYTES);
      const name = seq % 2 === 0 ? "PUBLISH" : "SPUBLISH";
      requests += `*3\r\n${bulk(name)}${bulk(channelOf(publisher, seq))}${bulk(payload)}`;
    }
    client.send(Buffer.from(requests, "latin1"));
    for (let taken = 0; taken < WINDOW; taken += 1) {
      receivers += Number(decodeReply(await client.nextReply()));
    }
  }
  return receivers;
}

function bulk(text: string): string {
  return `$${text.length}\r\n${text}\r\n`;
}

/** How many of a publisher's messages each channel gets. */
function countByChannel(publisher: number, channelOf: ChannelOf): Map<string, number> {
  const counts = new Map<string, number>();
  for (let seq = 0; seq < MESSAGES_PER_PUBLISHER; seq += 1) {
    const channel = channelOf(publisher, seq);
    counts.set(channel, (counts.get(channel) ?? 0) + 1);
  }
  return counts;
}

async function droppedMessages(node: NodeProcess): Promise<number> {
  await using client = await node.connect();
  const info = (await client.callRaw("CLUSTER", "INFO")).latin1Slice();
  const drops = info.matchAll(/^cluster_publish_dropped_messages_\w+:(\d+)/gm);
  return [...drops].reduce((sum, [, count]) => sum + Number(count), 0);
}

test.each(["all", "interest"])(
  "a million messages in mode %s: none lost, none duplicated, in order per publisher",
  { timeout: TEST_TIMEOUT_MS },
  async (mode) => {
    await using cluster = await startCluster({ directives: { "cluster-publish-mode": mode } });
    const shardChannels = chooseShardChannels(cluster);
    const subscriptions = chooseSubscriptions(shardChannels);
    const channelOf = channelChooser(shardChannels);

    await using open = new AsyncDisposableStack();
    const subscribers: CheckingSubscriber[] = [];
    for (const [at, { node, classic, sharded }] of subscriptions.entries()) {
      const { port } = cluster.node(node);
      const protocol = at % 2 === 0 ? 2 : 3;
      subscribers.push(
        open.use(await CheckingSubscriber.connect({ port, protocol, classic, sharded, channelOf })),
      );
    }

    const publishers = Array.from({ length: PUBLISHERS }, (_, publisher) => ({
      publisher,
      node: publisher % cluster.nodes.length,
      counts: countByChannel(publisher, channelOf),
    }));
    const receivers = await Promise.all(
      publishers.map(async ({ publisher, node }) => {
        const client = open.use(await cluster.node(node).connect());
        return publishAll(client, publisher, channelOf);
      }),
    );

    const due = ({ classic, sharded }: Subscription, from: typeof publishers): number =>
      from.reduce(
        (sum, { counts }) => sum + (counts.get(classic) ?? 0) + (counts.get(sharded) ?? 0),
        0,
      );
    const expected = subscriptions.map((subscription) => due(subscription, publishers));
    await until(
      () => {
        expect(subscribers.map(({ received }) => received)).toEqual(expected);
      },
      { withinMs: DELIVERED_WITHIN_MS, what: "every message at every subscriber" },
    );
    expect(subscribers.flatMap(({ faults }) => faults)).toEqual([]);
    for (const node of cluster.nodes) expect(await droppedMessages(node)).toBe(0);
    // A reply counts the receivers on its own node.
    const local = publishers.map((publisher) =>
      subscriptions
        .filter(({ node }) => node === publisher.node)
        .reduce((sum, subscription) => sum + due(subscription, [publisher]), 0),
    );
    expect(receivers).toEqual(local);
  },
);
