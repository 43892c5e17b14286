import type { CommandContext } from "../handler.ts";

/** On a replica, where expired keys stay: then an expired one is given back. As Redis. */
const TRIES_MAX = 100;

/**
 * RANDOMKEY. Reply: a key of this node, all with the same probability; without a cluster, of the selected database;
 * null when there is none. Where there are more than 5,000 keys, the first calls draw from the oldest ones only
 * (docs/decisions/0006-scan.md).
 */
export function randomkey({ broker, keys, nowMs, reply }: CommandContext): void {
  for (let tries = 1; ; tries += 1) {
    const table = broker.cluster === undefined ? keys : broker.keyspace.randomTable(Math.random);
    const key = table?.randomKey(Math.random, nowMs);
    if (key === undefined) {
      reply.nullBulk();
      return;
    }
    // An expired one is removed by this look, and another one drawn. A replica removes none: there may be no other.
    const isEnough = !broker.keyspace.decides && tries === TRIES_MAX;
    if (table?.peek(key, nowMs) !== undefined || isEnough) {
      reply.bulk(key);
      return;
    }
  }
}
