import type { FactCommandOf } from "./fact-command.ts";
import { NO_FACTS, type Facts, type NodeFact, type NodeId } from "./facts.ts";
import { EPOCH_JUMP_MAX, FORGOTTEN_MAX, NODES_MAX } from "./limits.ts";
import { refuse, type Outcome } from "./outcome.ts";
import {
  hasSlots,
  isEpochTaken,
  isLastCopy,
  isPrimary,
  newShard,
  ONLY_COPY,
  shardsWithout,
  withoutMember,
  withShard,
} from "./shard-members.ts";
import { slotsIn } from "./slot-ranges.ts";

/** Commands about which nodes there are (apply-command.ts). */

export function found(facts: Facts, command: FactCommandOf<"found">): Outcome {
  const { clusterId, node, historyId } = command;
  if (facts.clusterId !== "") {
    const isDone = facts.clusterId === clusterId && facts.nodes.has(node.id);
    return isDone ? { facts } : refuse("already-founded", `cluster ${facts.clusterId}`);
  }
  return {
    facts: {
      ...NO_FACTS,
      clusterId,
      nodes: new Map([[node.id, node]]),
      shards: new Map([[node.shardId, newShard(node, historyId, 0)]]),
      voters: [node.id],
    },
  };
}

export function join(facts: Facts, command: FactCommandOf<"join">): Outcome {
  const { node, historyId, slots } = command;
  if (facts.clusterId === "") return refuse("not-founded", "there is no cluster to join");
  const known = facts.nodes.get(node.id);
  if (known !== undefined) return joinAgain(facts, known, command);
  const refusal = refusalOfForgotten(facts, command);
  if (refusal !== undefined) return refusal;
  if (facts.shards.has(node.shardId)) {
    return refuse("shard-taken", `shard ${node.shardId} is here already`);
  }
  if (facts.nodes.size >= NODES_MAX) return refuse("too-many-nodes", `there are ${NODES_MAX}`);
  if (command.epoch > facts.currentEpoch + EPOCH_JUMP_MAX) {
    return refuse("epoch-too-high", `epoch ${command.epoch}, the highest is ${facts.currentEpoch}`);
  }
  const claimed = slotsIn(slots);
  const taken = claimed.find((slot) => facts.slotOwners[slot] !== undefined);
  if (taken !== undefined) return refuse("slot-taken", `slot ${taken} has an owner`);
  const epoch = epochForNewcomer(facts, command);
  const slotOwners = [...facts.slotOwners];
  for (const slot of claimed) slotOwners[slot] = node.shardId;
  return {
    facts: {
      ...facts,
      nodes: new Map(facts.nodes).set(node.id, node),
      shards: withShard(facts, newShard(node, historyId, epoch)),
      slotOwners: claimed.length === 0 ? facts.slotOwners : slotOwners,
      currentEpoch: Math.max(facts.currentEpoch, epoch),
      forgotten: facts.forgotten.filter(({ nodeId }) => nodeId !== node.id),
    },
  };
}

/** A proposer that heard nothing asks again, also when its node has come in and was removed in between. */
function refusalOfForgotten(facts: Facts, command: FactCommandOf<"join">): Outcome | undefined {
  const { node, isInvited, knownVersion } = command;
  const forgotten = facts.forgotten.find(({ nodeId }) => nodeId === node.id);
  if (forgotten === undefined) return undefined;
  if (knownVersion <= forgotten.lastVersion) {
    return refuse("forgotten", "removed from the cluster since it was let in");
  }
  return isInvited || forgotten.byReset
    ? undefined
    : refuse("forgotten", "removed from the cluster: it comes back by CLUSTER MEET only");
}

/** It asks again because it heard nothing, or because it lost its facts, not its id: ours hold. */
function joinAgain(facts: Facts, known: NodeFact, { node, slots }: FactCommandOf<"join">): Outcome {
  if (node.incarnation < known.incarnation) {
    return refuse("stale", `incarnation ${node.incarnation}, it is ${known.incarnation}`);
  }
  const other = slotsIn(slots).find((slot) => facts.slotOwners[slot] !== known.shardId);
  if (other === undefined) return { facts };
  return refuse("stale", `it joined before, and slot ${other} is not its own`);
}

/** Its own number where that is free, so that SET-CONFIG-EPOCH before MEET holds. */
function epochForNewcomer(facts: Facts, command: FactCommandOf<"join">): number {
  const { epoch, node, slots } = command;
  if (epoch > 0 && !isEpochTaken(facts, epoch, node.shardId)) return epoch;
  return epoch === 0 && slots.length === 0 ? 0 : facts.currentEpoch + 1;
}

export function updateNode(facts: Facts, command: FactCommandOf<"update-node">): Outcome {
  const known = facts.nodes.get(command.node.id);
  if (known === undefined) {
    const isForgotten = isAmongForgotten(facts, command.node.id);
    return refuse(isForgotten ? "forgotten" : "unknown-node", `node ${command.node.id}`);
  }
  // Who starts again may not have heard yet by which address it was met: an address is never forgotten.
  const host = command.node.host || known.host;
  const node: NodeFact = { ...command.node, host, shardId: known.shardId };
  if (node.incarnation < known.incarnation) {
    return refuse("stale", `incarnation ${node.incarnation}, it is ${known.incarnation}`);
  }
  if (isSameNode(node, known)) return { facts };
  const nodes = new Map(facts.nodes).set(node.id, node);
  const shard = facts.shards.get(node.shardId);
  // A primary keeps its place under the name of its dead process: nobody serves until the leader promotes. To remove
  // it here would be to forget who had the data.
  if (node.incarnation === known.incarnation || shard === undefined || isPrimary(facts, known)) {
    return { facts: { ...facts, nodes } };
  }
  return { facts: { ...facts, nodes, shards: withShard(facts, withoutMember(shard, node.id)) } };
}

function isSameNode(left: NodeFact, right: NodeFact): boolean {
  return (
    left.incarnation === right.incarnation &&
    left.host === right.host &&
    left.port === right.port &&
    left.busPort === right.busPort &&
    left.hostname === right.hostname &&
    left.name === right.name
  );
}

export function forget(facts: Facts, command: FactCommandOf<"forget">): Outcome {
  const { nodeId, byReset } = command;
  const node = facts.nodes.get(nodeId);
  if (node === undefined) {
    if (isAmongForgotten(facts, nodeId)) return { facts };
    return refuse("unknown-node", `node ${nodeId}`);
  }
  if (facts.voters.includes(nodeId)) return refuse("voter", "it votes: others must vote first");
  const shard = facts.shards.get(node.shardId);
  if (shard !== undefined && isPrimary(facts, node) && hasSlots(facts, shard.id)) {
    return shard.isr.length > 1
      ? refuse("stale", "it leads a shard with slots: a replica in sync must be promoted first")
      : refuse("not-empty", "it has slots, and no other node is in sync with it");
  }
  if (isLastCopy(facts, node)) return refuse("not-empty", ONLY_COPY);
  const nodes = new Map(facts.nodes);
  nodes.delete(nodeId);
  const entry = { nodeId, lastVersion: facts.version, byReset };
  const forgotten = [...facts.forgotten, entry].slice(-FORGOTTEN_MAX);
  return { facts: { ...facts, nodes, shards: shardsWithout(facts, node), forgotten } };
}

function isAmongForgotten({ forgotten }: Facts, nodeId: NodeId): boolean {
  return forgotten.some((node) => node.nodeId === nodeId);
}
