import { ascii } from "@slotcast/protocol";
import type { CommandContext } from "../handler.ts";
import { clusterOf } from "./cluster-of.ts";

/**
 * CLUSTER LINKS. Reply: a map for each link of the bus. Where Redis has one link in each direction, a peer
 * has two here: one for heartbeats, one for published messages (docs/bus.md).
 *
 * Source: Redis 7.0 src/cluster.c, addReplyClusterLinkDescription.
 */
export function clusterLinks(context: CommandContext): void {
  const { reply } = context;
  const links = clusterOf(context).links();
  reply.array(links.length);
  for (const link of links) {
    reply.map(6);
    reply.bulk(ascii("direction"));
    reply.bulk(ascii(link.direction));
    reply.bulk(ascii("node"));
    reply.bulk(ascii(link.nodeId));
    reply.bulk(ascii("create-time"));
    reply.integer(link.createdAtMs);
    reply.bulk(ascii("events"));
    reply.bulk(ascii(link.queuedBytes > 0 ? "rw" : "r"));
    reply.bulk(ascii("send-buffer-allocated"));
    reply.integer(link.queuedBytes);
    reply.bulk(ascii("send-buffer-used"));
    reply.integer(link.queuedBytes);
  }
}
