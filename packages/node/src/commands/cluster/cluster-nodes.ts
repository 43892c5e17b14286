import { fromText } from "@slotcast/protocol";
import type { ClusterNodeFacts } from "@slotcast/router";
import type { ClusterNode } from "../../cluster-node.ts";
import type { CommandContext } from "../handler.ts";
import { clusterOf } from "./cluster-of.ts";

/**
 * CLUSTER NODES. Reply: a line per node,
 * `id host:port@busport[,hostname] flags primary|- ping-sent pong-received epoch link-state [slots …]`.
 * Times are Unix milliseconds, 0: no ping is under way, nothing was received yet.
 *
 * Source: Redis 7.0 src/cluster.c, clusterGenNodeDescription.
 */
export function clusterNodes(context: CommandContext): void {
  const cluster = clusterOf(context);
  const { client, reply } = context;
  let text = "";
  for (const node of cluster.view.nodes.values()) {
    text += `${lineOf(node, cluster, client.listenerName)}\n`;
  }
  reply.verbatim(fromText(text));
}

function lineOf(node: ClusterNodeFacts, cluster: ClusterNode, listenerName: string): string {
  const { id, role, primaryId, configEpoch, slots } = node;
  const { host, port, hostname } = cluster.addresses.endpoint(id, listenerName);
  const { isConnected, isSuspected, pingSentMs, pongReceivedMs } = cluster.peerState(id);
  const busPort = cluster.addresses.busPort(id);
  const flags = [
    ...(id === cluster.view.selfId ? ["myself"] : []),
    role === "primary" ? "master" : "slave",
    ...(isSuspected ? ["fail?"] : []),
  ];
  return [
    id,
    `${host}:${port}@${busPort}${hostname === "" ? "" : `,${hostname}`}`,
    flags.join(","),
    primaryId ?? "-",
    pingSentMs,
    pongReceivedMs,
    configEpoch,
    isConnected ? "connected" : "disconnected",
    ...slots.map(({ first, last }) => (first === last ? `${first}` : `${first}-${last}`)),
  ].join(" ");
}
