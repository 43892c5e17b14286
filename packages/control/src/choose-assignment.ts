import type { FactCommand, SlotRange } from "./fact-command.ts";
import type { Facts, NodeFact, ShardId } from "./facts.ts";
import { alternateHosts, placeReplicas } from "./spread-over-hosts.ts";
import { isPrimary, nodesOf } from "./shard-members.ts";
import { divideSlots } from "./slot-ranges.ts";

/** `--cluster-size` and `--cluster-replicas`: how many nodes in all, and how many follow each primary. */
export interface AssemblySize {
  readonly size: number;
  readonly replicas: number;
}

/**
 * What is still to be proposed, in this order, until nodes that found each other are a cluster: slots for the
 * primaries, divided as `redis-cli --cluster create` divides them, then a primary for everybody else, on another host
 * where there is one. Primaries are the first by address, hosts taking turns.
 *
 * It goes on from whatever part is done. Nothing while nodes are missing, when it is done, and when somebody else
 * gave slots away: then an operator has other plans. Nodes that come later replace replicas that were forgotten;
 * beyond `size` they are left alone.
 */
export function chooseAssignment(facts: Facts, { size, replicas }: AssemblySize): FactCommand[] {
  const ranges = divideSlots(Math.max(1, Math.floor(size / (replicas + 1))));
  const owners = ranges.map(({ first }) => facts.slotOwners[first]);
  const known = owners.filter((owner) => owner !== undefined);
  const isOurs =
    ranges.every((range) => isOwnedAsOne(facts, range)) && new Set(known).size === known.length;
  if (!isOurs || (known.length === 0 && facts.nodes.size < size)) return [];
  const free = freeNodes(facts);
  const commands: FactCommand[] = [];
  const shardIds: ShardId[] = [];
  for (const [index, range] of ranges.entries()) {
    const owner = owners[index];
    const shardId = owner ?? free.shift()?.shardId;
    // Somebody left in the middle of it: the rest waits for another node.
    if (shardId === undefined) return commands;
    shardIds.push(shardId);
    if (owner === undefined) commands.push({ kind: "assign-slots", shardId, slots: [range] });
  }
  const shards = shardIds.map((shardId) => ({ shardId, nodes: nodesOf(facts, shardId) }));
  const placed = shards.reduce((sum, { nodes }) => sum + nodes.length, 0);
  const places = placeReplicas(shards, free.slice(0, Math.max(0, size - placed)));
  return [...commands, ...places.map((place): FactCommand => ({ kind: "replicate", ...place }))];
}

function isOwnedAsOne({ slotOwners }: Facts, { first, last }: SlotRange): boolean {
  return slotOwners.slice(first, last + 1).every((owner) => owner === slotOwners[first]);
}

/** Those that are alone in their shard, which has no slots. In an order that does not change as the others find a place. */
function freeNodes(facts: Facts): NodeFact[] {
  const withSlots = new Set(facts.slotOwners);
  const sizes = new Map<ShardId, number>();
  for (const { shardId } of facts.nodes.values()) {
    sizes.set(shardId, (sizes.get(shardId) ?? 0) + 1);
  }
  return alternateHosts([...facts.nodes.values()]).filter(
    (node) =>
      isPrimary(facts, node) && sizes.get(node.shardId) === 1 && !withSlots.has(node.shardId),
  );
}
