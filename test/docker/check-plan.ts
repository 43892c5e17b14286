/** Enough keys that all shards get some: the chance that one gets none is (2/3)^300. */
const KEY_COUNT = 300;

/** What every client does in the cluster: these keys, these shard channels, and a message from node to node. */
export const KEYS: readonly string[] = Array.from(
  { length: KEY_COUNT },
  (_, index) => `key-${index}`,
);
/** Slots 3197, 8288 and 12232: one of each shard. */
export const SHARD_CHANNELS: readonly string[] = ["orders-us", "orders-asia", "orders-eu"];
/** Of the six nodes. */
export const PRIMARIES = 3;
/** For a message to arrive; it takes milliseconds. */
export const WITHIN_MS = 10_000;
