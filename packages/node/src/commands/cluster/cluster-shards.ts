import { ascii, fromText, type Bytes, type ReplyWriter } from "@slotcast/protocol";
import type { ClusterNodeFacts } from "@slotcast/router";
import type { PeerState } from "../../cluster/peer-state.ts";
import type { ClusterNode } from "../../cluster-node.ts";
import type { CommandContext } from "../handler.ts";
import { clusterOf } from "./cluster-of.ts";

/**
 * CLUSTER SHARDS. Reply: a map for each shard, its slots (first, last, first, last …) and its nodes, primary
 * first. Health and offset are what is said of a node just now.
 *
 * Source: Redis 7.0 src/cluster.c, addShardReplyForClusterShards and addNodeDetailsToShardReply.
 */
export function clusterShards(context: CommandContext): void {
  const { client, reply } = context;
  const cluster = clusterOf(context);
  const nodes = [...cluster.view.nodes.values()];
  const primaries = nodes.filter(({ role }) => role === "primary");
  reply.array(primaries.length);
  for (const primary of primaries) {
    reply.map(2);
    reply.bulk(ascii("slots"));
    reply.array(primary.slots.length * 2);
    for (const { first, last } of primary.slots) {
      reply.integer(first);
      reply.integer(last);
    }
    const members = [primary, ...nodes.filter(({ primaryId }) => primaryId === primary.id)];
    reply.bulk(ascii("nodes"));
    reply.array(members.length);
    for (const node of members) {
      writeFields(reply, fieldsOf(node, cluster, client.listenerName));
    }
  }
}

type Fields = readonly (readonly [name: string, value: Bytes | number])[];

function fieldsOf(node: ClusterNodeFacts, cluster: ClusterNode, listenerName: string): Fields {
  const { host, port, hostname, preferredHost } = cluster.addresses.endpoint(node.id, listenerName);
  const state = cluster.peerState(node.id);
  return [
    ["id", ascii(node.id)],
    ["port", port],
    ["ip", fromText(host)],
    ["endpoint", fromText(preferredHost ?? "")],
    ...(hostname === "" ? [] : [["hostname", fromText(hostname)] as const]),
    ["role", ascii(node.role === "primary" ? "master" : "replica")],
    ["replication-offset", state.replicationOffset],
    ["health", ascii(healthOf(state))],
  ];
}

/** Redis documents `failed`, and says `fail`. */
function healthOf({ isFailed, isLoading }: PeerState): string {
  if (isFailed) return "fail";
  return isLoading ? "loading" : "online";
}

function writeFields(reply: ReplyWriter, fields: Fields): void {
  reply.map(fields.length);
  for (const [name, value] of fields) {
    reply.bulk(ascii(name));
    if (typeof value === "number") reply.integer(value);
    else reply.bulk(value);
  }
}
