import { own, type Bytes } from "@slotcast/protocol";
import { Stream, type KeyTable } from "@slotcast/store";
import type { CommandContext } from "./commands/handler.ts";
import { removeSilentConsumers } from "./commands/stream/remove-silent-consumers.ts";

/** Runs work that no client asked for, on the keys of one table. */
export type RunUnasked = (keys: KeyTable, work: (context: CommandContext) => void) => void;

/**
 * The streams that have a group with CONSUMERTTL. Readers of a group remove its silent consumers themselves; a
 * timer does it where nobody reads, so that XINFO never shows one for long.
 *
 * Owner: the broker. A key is forgotten when no such group is found there; a reader names it again.
 */
export class SilentConsumers {
  readonly #keysOf = new Map<KeyTable, Set<Bytes>>();

  /** The key is copied. */
  watch(table: KeyTable, key: Bytes): void {
    let keys = this.#keysOf.get(table);
    if (keys === undefined) {
      keys = new Set();
      this.#keysOf.set(table, keys);
    }
    if (!keys.has(key)) keys.add(own(key));
  }

  /** Each of the two tables holds what the other did. */
  swapped(first: KeyTable, second: KeyTable): void {
    const ofFirst = this.#keysOf.get(first) ?? new Set();
    const ofSecond = this.#keysOf.get(second) ?? new Set();
    this.#keysOf.set(first, ofSecond).set(second, ofFirst);
  }

  /** Whoever is silent now begins to be: nothing is known of the time before. O(consumers of watched groups). */
  forgive(nowMs: number): void {
    for (const [table, keys] of this.#keysOf) {
      for (const key of keys) {
        const stream = table.peekRaw(key);
        if (!(stream instanceof Stream)) continue;
        for (const group of stream.groups.all()) {
          for (const consumer of group.consumers()) consumer.seenTimeMs = nowMs;
        }
      }
    }
  }

  /** O(watched groups). */
  sweep(run: RunUnasked): void {
    for (const [table, keys] of this.#keysOf) {
      run(table, (context) => {
        for (const key of keys) if (!sweepStream(context, key)) keys.delete(key);
      });
      if (keys.size === 0) this.#keysOf.delete(table);
    }
  }
}

/** False: no group of it has a CONSUMERTTL. A replica only looks: its primary removes. */
function sweepStream(context: CommandContext, key: Bytes): boolean {
  const { decides } = context.broker.keyspace;
  const stream = context.keys.peek(key, context.nowMs);
  if (!(stream instanceof Stream)) return false;
  let isWatched = false;
  for (const [groupName, group] of stream.groups.named()) {
    if (group.policy?.consumerTtlMs === undefined) continue;
    isWatched = true;
    if (decides) removeSilentConsumers(context, { key, groupName, group });
  }
  return isWatched;
}
