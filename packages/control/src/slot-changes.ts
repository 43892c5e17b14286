import type { FactCommandOf } from "./fact-command.ts";
import type { Facts } from "./facts.ts";
import { refuse, type Outcome } from "./outcome.ts";
import { withShard } from "./shard-members.ts";
import { slotsIn } from "./slot-ranges.ts";

/** Commands about who owns slots (apply-command.ts). All slots of a command or none. */

export function assignSlots(facts: Facts, command: FactCommandOf<"assign-slots">): Outcome {
  const { shardId } = command;
  const shard = facts.shards.get(shardId);
  if (shard === undefined) return refuse("unknown-shard", `shard ${shardId}`);
  if (shard.primary === undefined) return refuse("no-primary", `shard ${shardId}`);
  const slots = slotsIn(command.slots);
  const taken = slots.find((slot) => (facts.slotOwners[slot] ?? shardId) !== shardId);
  if (taken !== undefined) return refuse("slot-taken", `slot ${taken} has an owner`);
  const slotOwners = ownedBy(shardId, slots, facts);
  if (slotOwners === facts.slotOwners) return { facts };
  if (shard.epoch > 0) return { facts: { ...facts, slotOwners } };
  // Its first slots: from now on clients and nodes must tell its reigns apart.
  const currentEpoch = facts.currentEpoch + 1;
  const shards = withShard(facts, { ...shard, epoch: currentEpoch });
  return { facts: { ...facts, slotOwners, shards, currentEpoch } };
}

export function releaseSlots(facts: Facts, command: FactCommandOf<"release-slots">): Outcome {
  const { shardId } = command;
  if (!facts.shards.has(shardId)) return refuse("unknown-shard", `shard ${shardId}`);
  const slots = slotsIn(command.slots);
  const foreign = slots.find((slot) => (facts.slotOwners[slot] ?? shardId) !== shardId);
  if (foreign !== undefined) return refuse("not-owner", `slot ${foreign} belongs to another shard`);
  const slotOwners = ownedBy(undefined, slots, facts);
  return slotOwners === facts.slotOwners ? { facts } : { facts: { ...facts, slotOwners } };
}

function ownedBy(
  owner: string | undefined,
  slots: readonly number[],
  facts: Facts,
): Facts["slotOwners"] {
  if (slots.every((slot) => facts.slotOwners[slot] === owner)) return facts.slotOwners;
  const slotOwners = [...facts.slotOwners];
  for (const slot of slots) slotOwners[slot] = owner;
  return slotOwners;
}
