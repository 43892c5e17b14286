import type { FactCommandOf } from "./fact-command.ts";
import type { Facts, IsrMember, NodeFact, ShardFact } from "./facts.ts";
import { EPOCH_JUMP_MAX } from "./limits.ts";
import { refuse, type Outcome } from "./outcome.ts";
import {
  hasSlots,
  isEpochTaken,
  isLastCopy,
  isPrimary,
  isSameMember,
  newShard,
  nodesOf,
  ONLY_COPY,
  shardsWithout,
  withShard,
} from "./shard-members.ts";

/** Commands about who leads, follows and is in sync (apply-command.ts). */

export function replicate(facts: Facts, command: FactCommandOf<"replicate">): Outcome {
  const { nodeId, shardId, shardSize } = command;
  const node = facts.nodes.get(nodeId);
  if (node === undefined) return refuse("unknown-node", `node ${nodeId}`);
  const target = facts.shards.get(shardId);
  if (target === undefined) return refuse("unknown-shard", `shard ${shardId}`);
  if (node.shardId === shardId) {
    return isPrimary(facts, node) ? refuse("not-a-replica", "it leads this shard") : { facts };
  }
  if (target.primary === undefined) return refuse("no-primary", `shard ${shardId}`);
  const { length: size } = nodesOf(facts, shardId);
  if (shardSize !== undefined && shardSize !== size) {
    return refuse("stale", `a shard of ${shardSize} nodes, it has ${size}`);
  }
  if (isPrimary(facts, node)) {
    if (hasSlots(facts, node.shardId)) return refuse("not-empty", "its shard has slots");
    if (nodesOf(facts, node.shardId).length > 1) return refuse("not-empty", "others follow it");
  } else if (isLastCopy(facts, node)) return refuse("not-empty", ONLY_COPY);
  const nodes = new Map(facts.nodes).set(nodeId, { ...node, shardId });
  return { facts: { ...facts, nodes, shards: shardsWithout(facts, node) } };
}

export function detach(facts: Facts, command: FactCommandOf<"detach">): Outcome {
  const { nodeId, shardId, historyId } = command;
  const node = facts.nodes.get(nodeId);
  if (node === undefined) return refuse("unknown-node", `node ${nodeId}`);
  if (isPrimary(facts, node)) {
    return node.shardId === shardId ? { facts } : refuse("not-a-replica", "it leads a shard");
  }
  if (isLastCopy(facts, node)) return refuse("not-empty", ONLY_COPY);
  if (facts.shards.has(shardId)) return refuse("shard-taken", `shard ${shardId} is here already`);
  const moved: NodeFact = { ...node, shardId };
  const shards = new Map(shardsWithout(facts, node)).set(shardId, newShard(moved, historyId, 0));
  return { facts: { ...facts, nodes: new Map(facts.nodes).set(nodeId, moved), shards } };
}

export function setIsr(facts: Facts, command: FactCommandOf<"set-isr">): Outcome {
  const { shardId, epoch, isrVersion, isr } = command;
  const shard = facts.shards.get(shardId);
  if (shard === undefined) return refuse("unknown-shard", `shard ${shardId}`);
  if (epoch !== shard.epoch) return refuseEpoch(epoch, shard);
  const [first] = isr;
  const { primary } = shard;
  if (first === undefined || primary === undefined || !isSameMember(first, primary)) {
    return refuse("stale", "its first member is not the primary");
  }
  if (new Set(isr.map(({ nodeId }) => nodeId)).size < isr.length) {
    return refuse("not-in-sync", "a node is named twice");
  }
  if (isSameSet(isr, shard.isr)) return { facts };
  if (isrVersion !== shard.isrVersion) {
    return refuse("stale", `set ${isrVersion}, it is ${shard.isrVersion}`);
  }
  // The primary too: what its dead process still wanted counts no more, or it could shrink the set to itself and take
  // the data with it.
  for (const member of isr) {
    const fault = faultOf(facts, shard, member);
    if (fault !== undefined) return fault;
  }
  const changed: ShardFact = { ...shard, isr, isrVersion: shard.isrVersion + 1 };
  return { facts: { ...facts, shards: withShard(facts, changed) } };
}

export function promote(facts: Facts, command: FactCommandOf<"promote">): Outcome {
  const { shardId, epoch, member, lossy, isHandedOver } = command;
  const shard = facts.shards.get(shardId);
  if (shard === undefined) return refuse("unknown-shard", `shard ${shardId}`);
  if (epoch !== shard.epoch) return refuseEpoch(epoch, shard);
  const fault = faultOf(facts, shard, member);
  if (fault !== undefined) return fault;
  const { primary } = shard;
  if (primary !== undefined && isSameMember(primary, member)) return { facts };
  if (lossy === undefined && !shard.isr.some((other) => isSameMember(other, member))) {
    return refuse("not-in-sync", `node ${member.nodeId} may lack acknowledged writes`);
  }
  if (lossy?.historyId === shard.historyId) {
    return refuse("stale", "what is given up needs a history of another name");
  }
  const stays = ({ nodeId }: IsrMember): boolean =>
    nodeId !== member.nodeId && nodeId !== primary?.nodeId;
  const currentEpoch = facts.currentEpoch + 1;
  const promoted: ShardFact = {
    id: shardId,
    primary: member,
    epoch: currentEpoch,
    isr: lossy === undefined ? [member, ...shard.isr.filter(stays)] : [member],
    isrVersion: shard.isrVersion + 1,
    historyId: lossy?.historyId ?? shard.historyId,
    ...(isHandedOver && { isHandedOver }),
  };
  return { facts: { ...facts, shards: withShard(facts, promoted), currentEpoch } };
}

export function setEpoch(facts: Facts, command: FactCommandOf<"set-epoch">): Outcome {
  const { shardId, epoch } = command;
  const shard = facts.shards.get(shardId);
  if (shard === undefined) return refuse("unknown-shard", `shard ${shardId}`);
  if (epoch === shard.epoch) return { facts };
  if (epoch < shard.epoch) return refuseEpoch(epoch, shard);
  if (isEpochTaken(facts, epoch, shardId)) return refuse("epoch-taken", `epoch ${epoch}`);
  if (epoch > facts.currentEpoch + EPOCH_JUMP_MAX) {
    return refuse("epoch-too-high", `epoch ${epoch}, the highest is ${facts.currentEpoch}`);
  }
  const shards = withShard(facts, { ...shard, epoch });
  return { facts: { ...facts, shards, currentEpoch: Math.max(facts.currentEpoch, epoch) } };
}

function refuseEpoch(epoch: number, shard: ShardFact): Outcome {
  return refuse("stale", `epoch ${epoch}, it is ${shard.epoch}`);
}

/** Only a living process of a node of the shard can be in its set. */
function faultOf(facts: Facts, shard: ShardFact, member: IsrMember): Outcome | undefined {
  const node = facts.nodes.get(member.nodeId);
  if (node === undefined) return refuse("unknown-node", `node ${member.nodeId}`);
  if (node.shardId !== shard.id) {
    return refuse("not-in-sync", `node ${node.id} belongs to another shard`);
  }
  if (node.incarnation === member.incarnation) return undefined;
  return refuse(
    "stale",
    `incarnation ${member.incarnation} of node ${node.id}, it is ${node.incarnation}`,
  );
}

/** The order of those behind the first means nothing. */
function isSameSet(left: readonly IsrMember[], right: readonly IsrMember[]): boolean {
  return (
    left.length === right.length &&
    left.every((member) => right.some((other) => isSameMember(member, other)))
  );
}
