import { own, type Bytes } from "@slotcast/protocol";

const NOBODY: readonly number[] = [];

/**
 * Which clients read which keys: each is told once when the key changes, and then the key is forgotten. Keys are
 * names: that of another database counts as well, as in Redis.
 *
 * Nearly every key has one reader, so it costs an entry of the map; more of them share a set. The ids of clients that
 * are gone stay until the key changes: finding them would take a walk through all keys.
 *
 * Source: Redis 7.0 src/tracking.c, TrackingTable.
 */
export class TrackedKeys {
  readonly #readers = new Map<Bytes, number | Set<number>>();
  #itemCount = 0;

  /** INFO `tracking_total_keys`. */
  get keyCount(): number {
    return this.#readers.size;
  }

  /** Pairs of key and client: INFO `tracking_total_items`. */
  get itemCount(): number {
    return this.#itemCount;
  }

  /** The key that was remembered first; `undefined` when there is none. */
  get oldest(): Bytes | undefined {
    return this.#readers.keys().next().value;
  }

  /** `key` may be a view. */
  add(key: Bytes, clientId: number): void {
    const readers = this.#readers.get(key);
    if (readers === clientId) return;
    if (readers === undefined) {
      this.#readers.set(own(key), clientId);
    } else if (typeof readers === "number") {
      this.#readers.set(key, new Set([readers, clientId]));
    } else {
      if (readers.has(clientId)) return;
      readers.add(clientId);
    }
    this.#itemCount += 1;
  }

  /** The ids of the key's readers; the key is forgotten. */
  take(key: Bytes): Iterable<number> {
    const readers = this.#readers.get(key);
    if (readers === undefined) return NOBODY;
    this.#readers.delete(key);
    const ids = typeof readers === "number" ? [readers] : [...readers];
    this.#itemCount -= ids.length;
    return ids;
  }

  clear(): void {
    this.#readers.clear();
    this.#itemCount = 0;
  }
}
