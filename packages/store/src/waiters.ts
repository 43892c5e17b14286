import { own, type Bytes } from "@slotcast/protocol";
import type { KeyTable } from "./key-table.ts";

interface Parked {
  readonly table: KeyTable;
  readonly keys: readonly Bytes[];
}

/** A key that got data while somebody waited for it. */
export interface ReadyKey {
  readonly table: KeyTable;
  readonly key: Bytes;
}

/**
 * Who waits for which key: FIFO per key, many keys per waiter. Knows nothing of commands: a waiter is any
 * object, usually a connection. Waking is not done here: a write marks its key ready, and after the command
 * the owner takes the ready keys and executes the parked commands again.
 *
 * Source: Redis 7.0 src/blocked.c, blockForKeys, signalKeyAsReady.
 * Cost: `markReady` is one comparison while nobody is parked, which is nearly always.
 */
export class Waiters<Waiter extends object> {
  readonly #parked = new Map<Waiter, Parked>();
  readonly #queues = new Map<KeyTable, Map<Bytes, Set<Waiter>>>();
  #ready: ReadyKey[] = [];
  /** The same, to look them up: a flush makes ready whatever is waited for. */
  readonly #isReady = new Map<KeyTable, Set<Bytes>>();

  get size(): number {
    return this.#parked.size;
  }

  /** Keys that somebody waits for: INFO `total_blocking_keys`. */
  get keysCount(): number {
    let count = 0;
    for (const queue of this.#queues.values()) count += queue.size;
    return count;
  }

  /** Keys that at least one of the chosen waiters waits for. Looks at every waiter. */
  countKeys(isChosen: (waiter: Waiter) => boolean): number {
    let count = 0;
    for (const queues of this.#queues.values()) {
      for (const queue of queues.values()) {
        if ([...queue].some(isChosen)) count += 1;
      }
    }
    return count;
  }

  get hasReady(): boolean {
    return this.#ready.length > 0;
  }

  /** The waiter must not be parked. The same key twice counts once. */
  park(waiter: Waiter, table: KeyTable, keys: readonly Bytes[]): void {
    const kept = keys.map(own);
    this.#parked.set(waiter, { table, keys: kept });
    let queues = this.#queues.get(table);
    if (queues === undefined) this.#queues.set(table, (queues = new Map()));
    for (const key of kept) {
      const queue = queues.get(key);
      if (queue === undefined) queues.set(key, new Set([waiter]));
      else queue.add(waiter);
    }
  }

  isParked(waiter: Waiter): boolean {
    return this.#parked.has(waiter);
  }

  /** False when it was not parked. */
  unpark(waiter: Waiter): boolean {
    const parked = this.#parked.get(waiter);
    if (parked === undefined) return false;
    this.#parked.delete(waiter);
    const queues = this.#queues.get(parked.table);
    for (const key of parked.keys) {
      const queue = queues?.get(key);
      queue?.delete(waiter);
      if (queue?.size === 0) queues?.delete(key);
    }
    if (queues?.size === 0) this.#queues.delete(parked.table);
    return true;
  }

  /** The keys of the table that somebody waits for. */
  keysOf(table: KeyTable): Bytes[] {
    return [...(this.#queues.get(table)?.keys() ?? [])];
  }

  markReady(table: KeyTable, key: Bytes): void {
    if (this.#parked.size === 0) return;
    if (this.#queues.get(table)?.has(key) !== true) return;
    let readyKeys = this.#isReady.get(table);
    if (readyKeys === undefined) this.#isReady.set(table, (readyKeys = new Set()));
    if (readyKeys.has(key)) return;
    const kept = own(key);
    readyKeys.add(kept);
    this.#ready.push({ table, key: kept });
  }

  /** The keys marked since the last call, in the order in which they became ready. */
  takeReady(): ReadyKey[] {
    const ready = this.#ready;
    this.#ready = [];
    this.#isReady.clear();
    return ready;
  }

  /** A copy, oldest first: the queue changes while its waiters are served. */
  waitingFor({ table, key }: ReadyKey): Waiter[] {
    return [...(this.#queues.get(table)?.get(key) ?? [])];
  }
}
