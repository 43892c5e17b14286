import type { ClusterNodeFacts } from "@slotcast/router";
import type { ClusterNode } from "../../cluster-node.ts";

/**
 * A node in CLUSTER NODES and CLUSTER REPLICAS,
 * `id host:port@busport[,hostname] flags primary|- ping-sent pong-received epoch link-state [slots …]`.
 * Times are Unix milliseconds, 0: no ping is under way, nothing was received yet.
 *
 * Source: Redis 7.0 src/cluster.c, clusterGenNodeDescription.
 */
export function nodeLine(
  node: ClusterNodeFacts,
  cluster: ClusterNode,
  listenerName: string,
): string {
  const { id, role, primaryId, configEpoch, slots } = node;
  const { host, port, hostname } = cluster.addresses.endpoint(id, listenerName);
  const state = cluster.peerState(id);
  const busPort = cluster.addresses.busPort(id);
  const flags = [
    ...(id === cluster.view.selfId ? ["myself"] : []),
    role === "primary" ? "master" : "slave",
    ...(state.isFailed ? ["fail"] : state.isSuspected ? ["fail?"] : []),
  ];
  return [
    id,
    `${host}:${port}@${busPort}${hostname === "" ? "" : `,${hostname}`}`,
    flags.join(","),
    primaryId ?? "-",
    state.pingSentMs,
    state.pongReceivedMs,
    configEpoch,
    state.isConnected ? "connected" : "disconnected",
    ...slots.map(({ first, last }) => (first === last ? `${first}` : `${first}-${last}`)),
  ].join(" ");
}
