import type { CommandContext } from "../handler.ts";

/** DBSIZE: the keys on this node; without a cluster, of the selected database. */
export function dbsize({ broker, keys, reply }: CommandContext): void {
  reply.integer(broker.cluster === undefined ? keys.size : broker.keyspace.size);
}
