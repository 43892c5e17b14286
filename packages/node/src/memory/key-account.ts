import type { Bytes } from "@slotcast/protocol";
import type { KeyTable } from "@slotcast/store";

/** What is known of one key while `maxmemory` or its policy wants to know. Owner: KeyLedger. */
export interface KeyAccount {
  readonly table: KeyTable;
  readonly key: Bytes;
  /** Key, value and their share of the table, about. */
  sizeBytes: number;
  /** Unix time of the last use. */
  usedAtMs: number;
  /** 0 to 255, on a logarithmic scale: see access-frequency.ts. */
  frequency: number;
  /** Made by the command that runs: that is no use yet. */
  isNew: boolean;
  /** Where it is among all accounts, and among those of keys that expire; -1: it is not. */
  place: number;
  expiringPlace: number;
}

export type PlaceName = "place" | "expiringPlace";

/** Accounts without an order, so that one of them can be picked at random: a key that goes is replaced by the last. */
export class AccountBag {
  readonly #accounts: KeyAccount[] = [];
  readonly #placeName: PlaceName;

  constructor(placeName: PlaceName) {
    this.#placeName = placeName;
  }

  get size(): number {
    return this.#accounts.length;
  }

  has(account: KeyAccount): boolean {
    return account[this.#placeName] !== -1;
  }

  add(account: KeyAccount): void {
    if (this.has(account)) return;
    account[this.#placeName] = this.#accounts.length;
    this.#accounts.push(account);
  }

  remove(account: KeyAccount): void {
    const place = account[this.#placeName];
    const last = this.#accounts.at(-1);
    if (place === -1 || last === undefined) return;
    this.#accounts[place] = last;
    last[this.#placeName] = place;
    account[this.#placeName] = -1;
    this.#accounts.pop();
  }

  /** `random` is in [0, 1). `undefined` when it is empty. */
  pick(random: number): KeyAccount | undefined {
    return this.#accounts[Math.floor(random * this.#accounts.length)];
  }

  clear(): void {
    this.#accounts.length = 0;
  }
}
