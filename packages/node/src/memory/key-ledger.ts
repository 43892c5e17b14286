import { own, type Bytes } from "@slotcast/protocol";
import type { Keyspace, KeyTable } from "@slotcast/store";
import type { ChangeFeed, ChangeListener } from "../change-feed.ts";
import { decayedFrequency, FREQUENCY_INITIAL, grownFrequency } from "./access-frequency.ts";
import { AccountBag, type KeyAccount } from "./key-account.ts";

export interface KeyLedgerParts {
  readonly keyspace: () => Keyspace;
  readonly changes: () => ChangeFeed;
  readonly nowMs: () => number;
  /** In [0, 1). */
  readonly random: () => number;
  /** `undefined`: nobody asks how often a key is used. */
  readonly lfu: () => LfuSettings | undefined;
  /** About what key and value take; `undefined`: there is no such key. Must not take long, whatever the value. */
  readonly sizeOf: (table: KeyTable, key: Bytes) => number | undefined;
}

export interface LfuSettings {
  readonly logFactor: number;
  readonly decayMinutes: number;
}

/**
 * What every key takes, and when and how often it was used. V8 does not tell what a value takes, and frees nothing
 * before it collects, so eviction cannot go by the heap (docs/decisions/0008-memory.md).
 *
 * On only while somebody needs it: turning it on walks through all keys, and from then on every change of a key costs
 * two look-ups and an estimate. About 150 bytes a key, which are not counted themselves.
 */
export class KeyLedger implements ChangeListener {
  readonly all = new AccountBag("place");
  /** Of keys that have an expiry. */
  readonly expiring = new AccountBag("expiringPlace");
  readonly #parts: KeyLedgerParts;
  readonly #byTable = new Map<KeyTable, Map<Bytes, KeyAccount>>();
  #totalBytes = 0;
  #isOn = false;

  constructor(parts: KeyLedgerParts) {
    this.#parts = parts;
  }

  get isOn(): boolean {
    return this.#isOn;
  }

  /** 0 while it is off. */
  get totalBytes(): number {
    return this.#totalBytes;
  }

  /** O(keys) when it changes anything. */
  turn(isOn: boolean): void {
    if (isOn === this.#isOn) return;
    this.#isOn = isOn;
    if (isOn) {
      for (const table of this.#parts.keyspace().tables()) this.#addAll(table);
      this.#parts.changes().add(this);
    } else {
      this.#parts.changes().remove(this);
      this.#byTable.clear();
      this.all.clear();
      this.expiring.clear();
      this.#totalBytes = 0;
    }
  }

  /** A command used these keys; those that are not there are passed over. */
  used(table: KeyTable, keys: readonly Bytes[], nowMs: number): void {
    const accounts = this.#byTable.get(table);
    if (accounts === undefined) return;
    const lfu = this.#parts.lfu();
    for (const key of keys) {
      const account = accounts.get(key);
      if (account === undefined) continue;
      if (account.isNew) {
        account.isNew = false;
        continue;
      }
      if (lfu !== undefined) {
        const frequency = this.frequencyOf(account, nowMs);
        account.frequency = grownFrequency(frequency, this.#parts.random(), lfu.logFactor);
      }
      account.usedAtMs = nowMs;
    }
  }

  /** `undefined`: there is no such key, or nobody keeps accounts. */
  find(table: KeyTable, key: Bytes): KeyAccount | undefined {
    return this.#byTable.get(table)?.get(key);
  }

  frequencyOf(account: KeyAccount, nowMs: number): number {
    const decayMinutes = this.#parts.lfu()?.decayMinutes ?? 0;
    return decayedFrequency(account, { nowMs, decayMinutes });
  }

  changed(table: KeyTable, key: Bytes): void {
    const account = this.find(table, key);
    const sizeBytes = this.#parts.sizeOf(table, key);
    if (sizeBytes === undefined) {
      if (account !== undefined) this.#remove(account);
    } else if (account === undefined) {
      this.#add(table, own(key), sizeBytes);
    } else {
      this.#totalBytes += sizeBytes - account.sizeBytes;
      account.sizeBytes = sizeBytes;
      this.#fileByExpiry(account);
    }
  }

  /** Pending entries and consumers may be most of a stream. */
  groupsChanged(table: KeyTable, key: Bytes): void {
    this.changed(table, key);
  }

  replaced(table: KeyTable): void {
    for (const account of this.#byTable.get(table)?.values() ?? []) this.#leave(account);
    this.#byTable.delete(table);
    this.#addAll(table);
  }

  #addAll(table: KeyTable): void {
    for (const key of table.keys()) {
      this.#add(table, key, this.#parts.sizeOf(table, key) ?? 0);
    }
    // Nobody is using them now.
    for (const account of this.#byTable.get(table)?.values() ?? []) account.isNew = false;
  }

  #add(table: KeyTable, key: Bytes, sizeBytes: number): void {
    const account: KeyAccount = {
      table,
      key,
      sizeBytes,
      usedAtMs: this.#parts.nowMs(),
      frequency: FREQUENCY_INITIAL,
      isNew: true,
      place: -1,
      expiringPlace: -1,
    };
    let accounts = this.#byTable.get(table);
    if (accounts === undefined) this.#byTable.set(table, (accounts = new Map()));
    accounts.set(key, account);
    this.#totalBytes += sizeBytes;
    this.all.add(account);
    this.#fileByExpiry(account);
  }

  #fileByExpiry(account: KeyAccount): void {
    if (account.table.expiryOf(account.key) === undefined) this.expiring.remove(account);
    else this.expiring.add(account);
  }

  #remove(account: KeyAccount): void {
    this.#leave(account);
    const accounts = this.#byTable.get(account.table);
    accounts?.delete(account.key);
    if (accounts?.size === 0) this.#byTable.delete(account.table);
  }

  #leave(account: KeyAccount): void {
    this.#totalBytes -= account.sizeBytes;
    this.all.remove(account);
    this.expiring.remove(account);
  }
}
