import { compareBytes, own, type Bytes } from "@slotcast/protocol";
import type { Connection } from "../connection.ts";

interface PrefixState {
  readonly listeners: Set<Connection>;
  /** Changed in this turn, and by whom first; `undefined`: by nobody, as its time had come. */
  readonly changed: Map<Bytes, Connection | undefined>;
}

/** What the listeners of one prefix are told at the end of a turn. */
export interface PrefixNews {
  readonly listeners: Iterable<Connection>;
  readonly changed: ReadonlyMap<Bytes, Connection | undefined>;
}

/**
 * BCAST tracking: who listens to which prefixes, and what changed under them in this turn.
 * Cost: a change takes O(prefixes), as in Redis. Source: Redis 7.0 src/tracking.c, PrefixTable.
 */
export class TrackedPrefixes {
  readonly #byPrefix = new Map<Bytes, PrefixState>();
  #hasNews = false;

  /** INFO `tracking_total_prefixes`. */
  get size(): number {
    return this.#byPrefix.size;
  }

  get hasNews(): boolean {
    return this.#hasNews;
  }

  /** `prefix` must be owned. */
  add(prefix: Bytes, listener: Connection): void {
    const state = this.#byPrefix.get(prefix);
    if (state !== undefined) state.listeners.add(listener);
    else this.#byPrefix.set(prefix, { listeners: new Set([listener]), changed: new Map() });
  }

  remove(prefix: Bytes, listener: Connection): void {
    const state = this.#byPrefix.get(prefix);
    state?.listeners.delete(listener);
    if (state?.listeners.size === 0) this.#byPrefix.delete(prefix);
  }

  /** Who changed a key first in a turn counts: NOLOOP spares him. */
  changed(key: Bytes, by: Connection | undefined): void {
    for (const [prefix, { changed }] of this.#byPrefix) {
      if (!key.startsWith(prefix) || changed.has(key)) continue;
      changed.set(own(key), by);
      this.#hasNews = true;
    }
  }

  /** What changed since the last call, by prefix; prefixes and keys in byte order, as Redis tells them. */
  takeNews(): PrefixNews[] {
    this.#hasNews = false;
    const news: PrefixNews[] = [];
    for (const prefix of [...this.#byPrefix.keys()].toSorted(compareBytes)) {
      const state = this.#byPrefix.get(prefix);
      if (state === undefined || state.changed.size === 0) continue;
      const sorted = [...state.changed].toSorted(([a], [b]) => compareBytes(a, b));
      news.push({ listeners: state.listeners, changed: new Map(sorted) });
      state.changed.clear();
    }
    return news;
  }
}
