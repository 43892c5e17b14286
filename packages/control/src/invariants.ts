import { SLOTS } from "@slotcast/protocol";
import type { Facts, IsrMember, ShardFact } from "./facts.ts";
import { FORGOTTEN_MAX, NODES_MAX, VOTERS_MAX } from "./limits.ts";
import { rangesByShard } from "./slot-ranges.ts";

/**
 * What must hold of any facts, whatever commands made them; one sentence for each thing that does not. Asserted in
 * production after every change, and by the simulation. Cost: one walk over nodes, shards and slots.
 */
export function checkFacts(facts: Facts): string[] {
  if (facts.clusterId === "") return checkUnfounded(facts);
  const shardsWithNodes = new Set([...facts.nodes.values()].map(({ shardId }) => shardId));
  return [
    ...checkNodes(facts),
    ...[...facts.shards].flatMap(([id, shard]) => [
      ...(id === shard.id ? [] : [`shard ${shard.id} is filed under ${id}`]),
      ...(shardsWithNodes.has(id) ? [] : [`shard ${id} has no node`]),
      ...checkShard(facts, shard),
    ]),
    ...checkEpochs(facts),
    ...checkSlots(facts),
    ...checkVoters(facts),
    ...checkForgotten(facts),
  ];
}

/** Voters may be known before: the log can name them first. */
function checkUnfounded(facts: Facts): string[] {
  const isEmpty =
    facts.nodes.size === 0 &&
    facts.shards.size === 0 &&
    facts.currentEpoch === 0 &&
    facts.forgotten.length === 0 &&
    facts.slotOwners.length === SLOTS &&
    facts.slotOwners.every((owner) => owner === undefined);
  return isEmpty ? [] : ["there are facts without a cluster"];
}

function checkNodes({ nodes, shards }: Facts): string[] {
  return [
    ...(nodes.size > NODES_MAX ? [`${nodes.size} nodes of at most ${NODES_MAX}`] : []),
    ...[...nodes].flatMap(([id, node]) => [
      ...(id === node.id ? [] : [`node ${node.id} is filed under ${id}`]),
      ...(shards.has(node.shardId) ? [] : [`node ${id} is in no shard that exists`]),
    ]),
  ];
}

function checkShard(facts: Facts, shard: ShardFact): string[] {
  const { id, primary, isr, isrVersion } = shard;
  const [first] = isr;
  const isLed = primary?.nodeId === first?.nodeId && primary?.incarnation === first?.incarnation;
  return [
    ...(isLed ? [] : [`shard ${id}: its primary is not the first of its in-sync set`]),
    ...(isrVersion >= 1 ? [] : [`shard ${id}: its in-sync set has no version`]),
    ...repeated(isr.map(({ nodeId }) => nodeId)).map(
      (nodeId) => `shard ${id}: node ${nodeId} is twice in its in-sync set`,
    ),
    ...isr.flatMap((member) => checkMember(facts, shard, member)),
  ];
}

function checkMember(facts: Facts, shard: ShardFact, member: IsrMember): string[] {
  const { nodeId, incarnation } = member;
  const node = facts.nodes.get(nodeId);
  if (node?.shardId !== shard.id) {
    return [`shard ${shard.id}: node ${nodeId} is in its in-sync set and not in the shard`];
  }
  // A primary whose process ended stays until another is promoted.
  const isPast = nodeId === shard.primary?.nodeId && incarnation < node.incarnation;
  return incarnation === node.incarnation || isPast
    ? []
    : [`shard ${shard.id}: incarnation ${incarnation} of node ${nodeId} is in its in-sync set`];
}

function checkEpochs({ shards, currentEpoch }: Facts): string[] {
  const epochs = [...shards.values()].map(({ epoch }) => epoch);
  return [
    ...repeated(epochs.filter((epoch) => epoch > 0)).map(
      (epoch) => `two shards have the epoch ${epoch}`,
    ),
    ...epochs
      .filter((epoch) => epoch > currentEpoch)
      .map((epoch) => `epoch ${epoch} is above the highest, ${currentEpoch}`),
  ];
}

function checkSlots({ slotOwners, shards }: Facts): string[] {
  return [
    ...(slotOwners.length === SLOTS ? [] : [`${slotOwners.length} slots`]),
    ...[...rangesByShard(slotOwners).keys()].flatMap((owner) => {
      const shard = shards.get(owner);
      if (shard === undefined) return [`slots belong to ${owner}, which is no shard`];
      return [
        ...(shard.primary === undefined ? [`shard ${owner} has slots and no primary`] : []),
        ...(shard.epoch === 0 ? [`shard ${owner} has slots and no epoch`] : []),
      ];
    }),
  ];
}

/** One more than the most while one is being replaced. Their number is odd except then, too. */
function checkVoters({ voters, nodes }: Facts): string[] {
  const isSized = voters.length >= 1 && voters.length <= VOTERS_MAX + 1;
  return [
    ...(isSized ? [] : [`${voters.length} voters`]),
    ...repeated(voters).map((id) => `voter ${id} is named twice`),
    ...voters.filter((id) => !nodes.has(id)).map((id) => `voter ${id} is no node`),
  ];
}

function checkForgotten({ forgotten, nodes }: Facts): string[] {
  const ids = forgotten.map(({ nodeId }) => nodeId);
  return [
    ...(ids.length <= FORGOTTEN_MAX ? [] : [`${ids.length} forgotten nodes`]),
    ...repeated(ids).map((id) => `node ${id} is forgotten twice`),
    ...ids.filter((id) => nodes.has(id)).map((id) => `node ${id} is forgotten`),
  ];
}

function repeated<T>(items: readonly T[]): T[] {
  const seen = new Set<T>();
  return items.filter((item) => seen.has(item) || !seen.add(item));
}
