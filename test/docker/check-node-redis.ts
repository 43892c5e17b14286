import assert from "node:assert/strict";
import { until } from "@slotcast/testkit";
import { createClient, createCluster } from "redis";
import { formatAddress, type Address } from "./address.ts";
import { KEYS, PRIMARIES, SHARD_CHANNELS, WITHIN_MS } from "./check-plan.ts";

/** node-redis as people use it, with no NAT map: keys of every node, PUBLISH from node to node, sharded channels. */
export async function checkNodeRedis(addresses: readonly Address[]): Promise<string> {
  const [first] = addresses;
  const last = addresses.at(-1);
  assert(first !== undefined && last !== undefined);
  const cluster = createCluster({ rootNodes: [{ url: urlOf(first) }] });
  const publisher = createClient({ url: urlOf(first) });
  const subscriber = createClient({ url: urlOf(last) });
  const clients = [cluster, publisher, subscriber];
  // A refused connection is told by what follows: a call that fails, a condition that never holds.
  for (const client of clients) client.on("error", () => {});
  try {
    await Promise.all(clients.map(async (client) => client.connect()));
    // It keeps no list of replicas that it does not use.
    const known = addresses.map(formatAddress);
    assert.equal(cluster.masters.length, PRIMARIES);
    for (const { address } of cluster.masters) assert.ok(known.includes(address), address);

    await Promise.all(KEYS.map(async (key) => cluster.set(key, `node-redis ${key}`)));
    const values = await Promise.all(KEYS.map(async (key) => cluster.get(key)));
    assert.deepEqual(
      values,
      KEYS.map((key) => `node-redis ${key}`),
    );

    const received: string[] = [];
    await subscriber.subscribe("news", (message) => received.push(message));
    await publisher.publish("news", "across nodes");
    await until(() => received.includes("across nodes"), {
      withinMs: WITHIN_MS,
      what: "a message",
    });

    const sharded: string[] = [];
    for (const channel of SHARD_CHANNELS) {
      await cluster.sSubscribe(channel, (message) => sharded.push(message));
    }
    for (const channel of SHARD_CHANNELS) await cluster.sPublish(channel, `to ${channel}`);
    await until(() => sharded.length === SHARD_CHANNELS.length, {
      withinMs: WITHIN_MS,
      what: "a message on each shard channel",
    });
  } finally {
    for (const client of clients) client.destroy();
  }
  return `${KEYS.length} keys, PUBLISH across nodes, ${SHARD_CHANNELS.length} shard channels`;
}

function urlOf(address: Address): string {
  return `redis://${formatAddress(address)}`;
}
