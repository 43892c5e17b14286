import { createAdapter, createShardedAdapter } from "@socket.io/redis-adapter";
import { createAdapter as createStreamsAdapter } from "@socket.io/redis-streams-adapter";
import { RespClient, startCluster, type TestCluster } from "@slotcast/testkit";
import { Cluster } from "ioredis";
import { createCluster } from "redis";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { redisServerVersion, startRedisServer, type RedisServer } from "../oracle/redis-server.ts";
import { tellSocketIoStory, type AdapterFactory } from "./socket-io-story.ts";

// Goal: an application of two socket.io servers works on the broker as on Redis, with each of its adapters, unmodified.
// Method: its servers use different nodes of a cluster of three; then the same on a redis-server; both must tell the
// same story.

let slotcast: TestCluster;
let redis: RedisServer;

beforeAll(async () => {
  slotcast = await startCluster();
  redis = await startRedisServer({ isCluster: true });
  // It was never met by another node, so it does not know its own address; ioredis waits for one for ever.
  await using client = await RespClient.connect(redis.port);
  await client.call("CONFIG", "SET", "cluster-announce-ip", "127.0.0.1");
});

afterAll(async () => {
  await slotcast[Symbol.asyncDispose]();
  await redis[Symbol.asyncDispose]();
});

/** A client library's connection to a cluster, as the adapters take it. */
interface Client {
  /** The library's own object: the adapters accept either library's. */
  readonly raw: unknown;
  duplicate(): Promise<Client>;
  close(): Promise<void>;
}

type Connect = (port: number) => Promise<Client>;

async function ioredis(port: number): Promise<Client> {
  const make = async (): Promise<Client> => {
    const cluster = new Cluster([{ host: "127.0.0.1", port }], {
      shardedSubscribers: true,
      lazyConnect: true,
    });
    await cluster.connect();
    // `quit` of a cluster with subscribers never resolves.
    const close = async (): Promise<void> => {
      cluster.disconnect();
      return Promise.resolve();
    };
    return { raw: cluster, duplicate: make, close };
  };
  return make();
}

async function nodeRedis(port: number): Promise<Client> {
  const make = async (): Promise<Client> => {
    const cluster = createCluster({ rootNodes: [{ url: `redis://127.0.0.1:${port}` }] });
    await cluster.connect();
    const close = async (): Promise<void> => {
      await cluster.close();
    };
    return { raw: cluster, duplicate: make, close };
  };
  return make();
}

/** An adapter on a client of its own. The clients are closed at the end of the story. */
type MakeAdapter = (connect: Connect, port: number, opened: Client[]) => Promise<AdapterFactory>;

const classic: MakeAdapter = async (connect, port, opened) => {
  const publisher = await connect(port);
  const subscriber = await publisher.duplicate();
  opened.push(publisher, subscriber);
  return createAdapter(publisher.raw, subscriber.raw);
};

const sharded: MakeAdapter = async (connect, port, opened) => {
  const publisher = await connect(port);
  const subscriber = await publisher.duplicate();
  opened.push(publisher, subscriber);
  return createShardedAdapter(publisher.raw, subscriber.raw);
};

const streams: MakeAdapter = async (connect, port, opened) => {
  const client = await connect(port);
  opened.push(client);
  return createStreamsAdapter(client.raw, { blockTimeInMs: 500 });
};

async function story(
  makeAdapter: MakeAdapter,
  connect: Connect,
  ports: readonly [number, number],
): Promise<Record<string, unknown>> {
  const opened: Client[] = [];
  try {
    const a = await makeAdapter(connect, ports[0], opened);
    const b = await makeAdapter(connect, ports[1], opened);
    return await tellSocketIoStory([a, b]);
  } finally {
    for (const client of opened) await client.close();
  }
}

describe.skipIf(redisServerVersion() === undefined)("socket.io (needs redis-server)", () => {
  describe.each([
    ["ioredis", ioredis],
    ["node-redis", nodeRedis],
  ] as const)("through %s", (_, connect) => {
    test.each([
      ["createAdapter", classic],
      ["createShardedAdapter", sharded],
      ["the streams adapter", streams],
    ] as const)("with %s", async (__, makeAdapter) => {
      const ours = await story(makeAdapter, connect, [
        slotcast.node(0).port,
        slotcast.node(1).port,
      ]);
      expect(ours["answers"]).toEqual(["I am a1", "I am a2", "I am b1", "I am b2"]);
      expect(ours["names on both"]).toEqual(["a1", "a2", "b1", "b2"]);
      expect(ours).toEqual(await story(makeAdapter, connect, [redis.port, redis.port]));
    });
  });
});
