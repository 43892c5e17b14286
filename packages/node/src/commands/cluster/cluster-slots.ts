import { ascii, fromText, type ReplyWriter } from "@slotcast/protocol";
import type { ClusterNodeFacts } from "@slotcast/router";
import type { ClientEndpoint } from "../../cluster/address-book.ts";
import { isAvailable } from "../../cluster/peer-state.ts";
import type { ClusterNode } from "../../cluster-node.ts";
import type { CommandContext } from "../handler.ts";
import { clusterOf } from "./cluster-of.ts";

/**
 * CLUSTER SLOTS. Reply: for each range of slots, ascending, `[first, last, primary, replica …]`; a node is
 * `[host, port, id, further addresses]`. Replicas that have failed, or have no data yet, are left out. Every
 * client asks for it at every connect and redirect, so the encoded reply is kept until something in it changes.
 *
 * Source: Redis 7.0 src/cluster.c, clusterReplyMultiBulkSlots and addNodeToNodeReply.
 */
export function clusterSlots(context: CommandContext): void {
  const { client, reply } = context;
  const cluster = clusterOf(context);
  const key = `${reply.protocol} ${client.listenerName}`;
  reply.raw(
    cluster.slotsReplies.get(key, () => {
      const { to } = reply;
      const rendered = { out: "" };
      reply.to = rendered;
      writeSlots(reply, cluster, client.listenerName);
      reply.to = to;
      return rendered.out;
    }),
  );
}

function writeSlots(reply: ReplyWriter, cluster: ClusterNode, listenerName: string): void {
  const nodes = [...cluster.view.nodes.values()];
  const ranges = nodes
    .flatMap((primary) => primary.slots.map((range) => ({ ...range, primary })))
    .toSorted((a, b) => a.first - b.first);
  reply.array(ranges.length);
  for (const { first, last, primary } of ranges) {
    const replicas = nodes.filter(
      ({ id, primaryId }) => primaryId === primary.id && isAvailable(cluster.peerState(id)),
    );
    reply.array(3 + replicas.length);
    reply.integer(first);
    reply.integer(last);
    for (const node of [primary, ...replicas]) {
      writeNode(reply, node, cluster.addresses.endpoint(node.id, listenerName));
    }
  }
}

function writeNode(
  reply: ReplyWriter,
  node: ClusterNodeFacts,
  { host, port, hostname, preferredHost }: ClientEndpoint,
): void {
  reply.array(4);
  if (preferredHost === undefined) reply.nullBulk();
  else reply.bulk(fromText(preferredHost));
  reply.integer(port);
  reply.bulk(ascii(node.id));
  const others = [
    ["ip", host],
    ["hostname", hostname],
  ].filter(([, address = ""]) => address !== "" && address !== preferredHost);
  reply.map(others.length);
  for (const [name = "", address = ""] of others) {
    reply.bulk(ascii(name));
    reply.bulk(fromText(address));
  }
}
