import type { CommandContext } from "../handler.ts";

/**
 * RANDOMKEY. Reply: a key of this node, all with the same probability; without a cluster, of the selected database;
 * null when there is none. Where there are more than 5,000 keys, the first calls draw from the oldest ones only
 * (docs/decisions/0006-scan.md).
 */
export function randomkey({ broker, keys, nowMs, reply }: CommandContext): void {
  for (;;) {
    const table = broker.cluster === undefined ? keys : broker.keyspace.randomTable(Math.random);
    const key = table?.randomKey(Math.random, nowMs);
    if (key === undefined) {
      reply.nullBulk();
      return;
    }
    // An expired one is removed by this look, and another one drawn.
    if (table?.peek(key, nowMs) !== undefined) {
      reply.bulk(key);
      return;
    }
  }
}
