import { rangesByShard, type Facts, type NodeFact } from "@slotcast/control";
import type { NodeRecord, NodesFile } from "../config/nodes-file.ts";

/** The first line of a nodes.conf that follows from facts: a node must not take its identity from it. */
export const WRITTEN_HERE =
  "# For people and tools, written from the facts. What counts is in the files beside it.\n";

/** The facts in Redis' form. Addresses for the clients of other listeners are no facts, and left out. */
export function nodesFileOf(facts: Facts, selfId: string): NodesFile {
  const slots = rangesByShard(facts.slotOwners);
  const recordOf = (node: NodeFact): NodeRecord => {
    const shard = facts.shards.get(node.shardId);
    const isPrimary = shard?.primary?.nodeId === node.id;
    return {
      id: node.id,
      host: node.host,
      port: node.port,
      busPort: node.busPort,
      hostname: node.hostname,
      nodename: node.name,
      flags: [...(node.id === selfId ? (["myself"] as const) : []), isPrimary ? "master" : "slave"],
      primaryId: isPrimary ? undefined : shard?.primary?.nodeId,
      epoch: shard?.epoch ?? 0,
      slots: isPrimary
        ? (slots.get(node.shardId) ?? []).map(({ first, last }) => [first, last] as const)
        : [],
      announced: [],
      aux: { "shard-id": node.shardId },
    };
  };
  return {
    nodes: Array.from(facts.nodes.values(), recordOf),
    currentEpoch: facts.currentEpoch,
    lastVoteEpoch: 0,
  };
}
