import { ascii, hashSlot, SLOTS } from "@slotcast/protocol";
import { PRIMARIES } from "./cluster-under-test.ts";

/** One key of each sort, all in one slot of a shard. */
export interface ShardKeys {
  readonly shard: number;
  readonly slot: number;
  /** Values are added on the right, and never taken. */
  readonly list: string;
  /** Values are added on the left, and never taken. */
  readonly stack: string;
  readonly queue: string;
  /** What was taken from the queue. */
  readonly taken: string;
  readonly counter: string;
  /** A counter of the harness itself: see ShardProbe. */
  readonly probe: string;
  readonly set: string;
  readonly stream: string;
}

/** The group that reads the stream of a shard. */
export const GROUP = "readers";

/** Slots are divided evenly among the first primaries, so thirds of them lie in different shards. */
export const SHARD_KEYS: readonly ShardKeys[] = Array.from({ length: PRIMARIES }, (_, shard) => {
  const tag = tagIn(Math.floor((shard * SLOTS) / PRIMARIES), Math.floor(SLOTS / PRIMARIES));
  return {
    shard,
    slot: hashSlot(ascii(tag)),
    list: `{${tag}}:list`,
    stack: `{${tag}}:stack`,
    queue: `{${tag}}:queue`,
    taken: `{${tag}}:taken`,
    counter: `{${tag}}:counter`,
    probe: `{${tag}}:probe`,
    set: `{${tag}}:set`,
    stream: `{${tag}}:stream`,
  };
});

/** Some name in the middle of so many slots. */
function tagIn(firstSlot: number, slots: number): string {
  for (let number = 0; ; number += 1) {
    const tag = `tag${number}`;
    const place = (hashSlot(ascii(tag)) - firstSlot) / slots;
    if (place > 0.25 && place < 0.75) return tag;
  }
}
