import type { Facts, IsrMember, NodeFact, NodeId, ShardFact, ShardId } from "./facts.ts";

/** Questions about shards and their nodes, and the change that several commands share. */

export function nodesOf(facts: Facts, shardId: ShardId): NodeFact[] {
  return [...facts.nodes.values()].filter((node) => node.shardId === shardId);
}

/** What `hasSlots` found, by the array of owners: it never changes, and facts share it with those before. */
const ANSWERS = new WeakMap<Facts["slotOwners"], Map<ShardId, boolean>>();

/** Asked some hundred times a second. Cost: a walk over all slots, once for each shard after each change of owners. */
export function hasSlots({ slotOwners }: Facts, shardId: ShardId): boolean {
  let answers = ANSWERS.get(slotOwners);
  if (answers === undefined) {
    answers = new Map();
    ANSWERS.set(slotOwners, answers);
  }
  let answer = answers.get(shardId);
  if (answer === undefined) {
    answer = slotOwners.includes(shardId);
    answers.set(shardId, answer);
  }
  return answer;
}

export function memberOf(node: NodeFact): IsrMember {
  return { nodeId: node.id, incarnation: node.incarnation };
}

export function isSameMember(left: IsrMember, right: IsrMember): boolean {
  return left.nodeId === right.nodeId && left.incarnation === right.incarnation;
}

export function isPrimary(facts: Facts, node: NodeFact): boolean {
  return facts.shards.get(node.shardId)?.primary?.nodeId === node.id;
}

/** No other shard may use a number, or two reigns could not be told apart. 0 is none. */
export function isEpochTaken(facts: Facts, epoch: number, byOtherThan: ShardId): boolean {
  return [...facts.shards.values()].some(
    (shard) => shard.epoch === epoch && epoch > 0 && shard.id !== byOtherThan,
  );
}

/** A shard as it begins: one node, which has all there is. */
export function newShard(node: NodeFact, historyId: string, epoch: number): ShardFact {
  const primary = memberOf(node);
  return { id: node.shardId, primary, epoch, isr: [primary], isrVersion: 1, historyId };
}

/** Its in-sync set without a node. The same object when the node was not in it. Not for the primary. */
export function withoutMember(shard: ShardFact, nodeId: NodeId): ShardFact {
  const isr = shard.isr.filter((member) => member.nodeId !== nodeId);
  if (isr.length === shard.isr.length) return shard;
  return { ...shard, isr, isrVersion: shard.isrVersion + 1 };
}

export const ONLY_COPY = "it has the only copy of its shard's data: it must be promoted first";

/**
 * Would its data be gone with this node? So while the shard's primary came back empty and no other node is in sync:
 * it is waiting to be promoted.
 */
export function isLastCopy(facts: Facts, node: NodeFact): boolean {
  const shard = facts.shards.get(node.shardId);
  if (shard === undefined || !hasSlots(facts, shard.id)) return false;
  const alive = shard.isr.filter(
    ({ nodeId, incarnation }) => facts.nodes.get(nodeId)?.incarnation === incarnation,
  );
  return alive.length === 1 && alive[0]?.nodeId === node.id;
}

export function withShard(facts: Facts, shard: ShardFact): Facts["shards"] {
  return new Map(facts.shards).set(shard.id, shard);
}

/**
 * The shards after a node left its own. With its last node a shard ends. When its primary goes, and others followed
 * it, nobody leads them: they wait to follow another, or to be detached or promoted. (`redis-cli --cluster del-node`
 * forgets first and lets them replicate another afterwards.) The caller has seen that it owns no slots then.
 */
export function shardsWithout(facts: Facts, node: NodeFact): Facts["shards"] {
  const shards = new Map(facts.shards);
  const shard = shards.get(node.shardId);
  if (shard === undefined) return shards;
  if (nodesOf(facts, shard.id).length === 1) shards.delete(shard.id);
  else if (shard.primary?.nodeId !== node.id) shards.set(shard.id, withoutMember(shard, node.id));
  else {
    const isrVersion = shard.isrVersion + 1;
    shards.set(shard.id, { ...shard, primary: undefined, isr: [], isrVersion });
  }
  return shards;
}
