import { rangesByShard, type Facts, type NodeFact, type SlotRange } from "@slotcast/control";

/** The first line of a nodes.conf of ours. Any other one is somebody else's, and is not overwritten. */
export const WRITTEN_HERE =
  "# For people and tools, written from the facts. What counts is in the files beside it.\n";

/**
 * The facts in the form of Redis' nodes.conf: a line of CLUSTER NODES for each node, then `vars …`. Addresses for the
 * clients of other listeners are no facts, and left out.
 * Source: Redis 7.2 src/cluster.c, clusterSaveConfig.
 */
export function nodesFile(facts: Facts, selfId: string): string {
  const slots = rangesByShard(facts.slotOwners);
  const lines = Array.from(facts.nodes.values(), (node) => {
    const shard = facts.shards.get(node.shardId);
    const primaryId = shard?.primary?.nodeId;
    const isPrimary = primaryId === node.id;
    return [
      node.id,
      addressOf(node),
      `${node.id === selfId ? "myself," : ""}${isPrimary ? "master" : "slave"}`,
      isPrimary ? "-" : (primaryId ?? "-"),
      "0 0",
      shard?.epoch ?? 0,
      "connected",
      ...(isPrimary ? (slots.get(node.shardId) ?? []).map(rangeText) : []),
    ].join(" ");
  });
  const vars = `vars currentEpoch ${facts.currentEpoch} lastVoteEpoch 0`;
  return `${WRITTEN_HERE}${[...lines, vars].join("\n")}\n`;
}

function addressOf({ host, port, busPort, hostname, name, shardId }: NodeFact): string {
  const nodeName = name === "" ? [] : [`nodename=${name}`];
  const fields = [`${host}:${port}@${busPort}`, hostname, ...nodeName, `shard-id=${shardId}`];
  return fields.join(",");
}

function rangeText({ first, last }: SlotRange): string {
  return first === last ? `${first}` : `${first}-${last}`;
}
