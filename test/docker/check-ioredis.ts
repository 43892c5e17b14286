import assert from "node:assert/strict";
import { until } from "@slotcast/testkit";
import { Cluster } from "ioredis";
import { assertSameAddresses, type Address } from "./address.ts";
import { KEYS, SHARD_CHANNELS, WITHIN_MS } from "./check-plan.ts";
import { publishAcross } from "./publish-across.ts";

/** ioredis as people use it, with no NAT map: keys of every node, PUBLISH from node to node, sharded channels. */
export async function checkIoredis(addresses: readonly Address[]): Promise<string> {
  const [first] = addresses;
  const last = addresses.at(-1);
  assert(first !== undefined && last !== undefined);
  const cluster = new Cluster([first], { shardedSubscribers: true, lazyConnect: true });
  // A refused connection is told by what follows: a call that fails, a condition that never holds.
  cluster.on("error", () => {});
  try {
    await cluster.connect();
    assertSameAddresses(
      cluster.nodes("all").map(({ options: { host, port } }) => `${host}:${port}`),
      addresses,
    );

    await Promise.all(KEYS.map(async (key) => cluster.set(key, `ioredis ${key}`)));
    const values = await Promise.all(KEYS.map(async (key) => cluster.get(key)));
    assert.deepEqual(
      values,
      KEYS.map((key) => `ioredis ${key}`),
    );

    await publishAcross({ from: first, to: last });

    const sharded: string[] = [];
    cluster.on("smessage", (_channel: string, message: string) => sharded.push(message));
    for (const channel of SHARD_CHANNELS) await cluster.ssubscribe(channel);
    for (const channel of SHARD_CHANNELS) await cluster.spublish(channel, `to ${channel}`);
    await until(() => sharded.length === SHARD_CHANNELS.length, {
      withinMs: WITHIN_MS,
      what: "a message on each shard channel",
    });
  } finally {
    cluster.disconnect();
  }
  return `${KEYS.length} keys, PUBLISH across nodes, ${SHARD_CHANNELS.length} shard channels`;
}
