import { SLOTS } from "@slotcast/protocol";
import type { SlotRange } from "./fact-command.ts";
import type { Facts, ShardId } from "./facts.ts";

/** All slots of the ranges, in their order. */
export function slotsIn(ranges: readonly SlotRange[]): number[] {
  const slots: number[] = [];
  for (const { first, last } of ranges) {
    for (let slot = first; slot <= last; slot += 1) slots.push(slot);
  }
  return slots;
}

/** The fewest ranges that hold these slots and no others, ascending: the only form that travels. */
export function rangesOf(slots: Iterable<number>): SlotRange[] {
  const ranges: { first: number; last: number }[] = [];
  for (const slot of [...new Set(slots)].sort((left, right) => left - right)) {
    const open = ranges.at(-1);
    if (open?.last === slot - 1) open.last = slot;
    else ranges.push({ first: slot, last: slot });
  }
  return ranges;
}

/** What each shard with slots owns, in one walk over all slots. */
export function rangesByShard(
  slotOwners: Facts["slotOwners"],
): ReadonlyMap<ShardId, readonly SlotRange[]> {
  const byShard = new Map<ShardId, SlotRange[]>();
  for (let first = 0; first < slotOwners.length;) {
    const owner = slotOwners[first];
    let last = first;
    while (last + 1 < slotOwners.length && slotOwners[last + 1] === owner) last += 1;
    if (owner !== undefined) {
      const ranges = byShard.get(owner);
      if (ranges === undefined) byShard.set(owner, [{ first, last }]);
      else ranges.push({ first, last });
    }
    first = last + 1;
  }
  return byShard;
}

/**
 * All slots in as many ranges as there are primaries: 0-5460, 5461-10922, 10923-16383 for three.
 * Source: Redis 7.0 src/redis-cli.c, clusterManagerCommandCreate.
 */
export function divideSlots(primaries: number): SlotRange[] {
  const ranges: SlotRange[] = [];
  // Theirs is a float: with a double some borders of large clusters would be off by one.
  const share = Math.fround(SLOTS / primaries);
  let cursor = Math.fround(0);
  let first = 0;
  for (let index = 0; index < primaries; index += 1) {
    const rounded = Math.round(Math.fround(Math.fround(cursor + share) - 1));
    const last = index === primaries - 1 ? SLOTS - 1 : rounded;
    ranges.push({ first, last });
    first = last + 1;
    cursor = Math.fround(cursor + share);
  }
  return ranges;
}
