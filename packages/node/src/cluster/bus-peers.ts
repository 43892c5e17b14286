import type { Facts, NodeFact, NodeId } from "@slotcast/control";

/** Whom the bus dials, and where. Only a node that nobody has met yet has no address. */
export function peersIn(nodes: readonly NodeFact[]): { id: string; host: string; port: number }[] {
  return nodes.flatMap(({ id, host, busPort }) =>
    host === "" ? [] : [{ id, host, port: busPort }],
  );
}

/** The other nodes of its shard. */
export function shardPeersIn({ nodes }: Facts, nodeId: NodeId): NodeId[] {
  const shardId = nodes.get(nodeId)?.shardId;
  return [...nodes.values()]
    .filter((node) => node.shardId === shardId && node.id !== nodeId)
    .map(({ id }) => id);
}
