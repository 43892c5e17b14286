import { own, type Bytes } from "@slotcast/protocol";

/** How much the newest sample of active expiry counts in the average time to live. As Redis. */
const NEWEST_TTL_SHARE = 1 / 50;

/** When the keys of one table end: Unix time in milliseconds. Owner: its KeyTable. */
export class KeyExpiries {
  readonly #atMs = new Map<Bytes, number>();
  /** Where `next` goes on. */
  #cursor: Iterator<[Bytes, number], undefined> | undefined;
  #averageTtlMs = 0;

  get size(): number {
    return this.#atMs.size;
  }

  /** As `noteTtl` sampled it; 0: unknown, or no key ends. */
  get averageTtlMs(): number {
    return this.#atMs.size === 0 ? 0 : this.#averageTtlMs;
  }

  /** `undefined`: the key stays for ever. */
  get(key: Bytes): number | undefined {
    return this.#atMs.get(key);
  }

  set(key: Bytes, atMs: number): void {
    this.#atMs.set(this.#atMs.has(key) ? key : own(key), atMs);
  }

  /** False when the key stays for ever already. */
  delete(key: Bytes): boolean {
    return this.#atMs.delete(key);
  }

  /** One after the other, round and round; `undefined`: there is none. */
  next(): [Bytes, number] | undefined {
    const next = this.#cursor?.next();
    if (next?.done === false) return next.value;
    this.#cursor = this.#atMs.entries();
    return this.#cursor.next().value;
  }

  /** The average of some keys that were looked at. */
  noteTtl(ttlMs: number): void {
    const isFirst = this.#averageTtlMs === 0;
    this.#averageTtlMs += (ttlMs - this.#averageTtlMs) * (isFirst ? 1 : NEWEST_TTL_SHARE);
  }
}
