import { globMatches, type Bytes } from "@slotcast/protocol";
import type { CommandContext } from "../handler.ts";

/** KEYS pattern. Reply: every key of this node that matches; without a cluster, of the selected database. */
export function keys(context: CommandContext, argv: readonly Bytes[]): void {
  const { broker, nowMs, reply } = context;
  const [, pattern] = argv as readonly [Bytes, Bytes]; // arity
  const tables = broker.cluster === undefined ? [context.keys] : broker.keyspace.tables();
  const found: Bytes[] = [];
  for (const table of tables) {
    for (const key of table.keys()) {
      const isExpired = (table.expiryOf(key) ?? Number.POSITIVE_INFINITY) <= nowMs;
      if (globMatches(pattern, key) && !isExpired) found.push(key);
    }
  }
  reply.array(found.length);
  for (const key of found) reply.bulk(key);
}
