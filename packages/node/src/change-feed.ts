import type { Bytes } from "@slotcast/protocol";
import type { KeyNames, Keyspace, KeyspaceObserver, KeyTable } from "@slotcast/store";

/** Wants to know some of what happens to keys. The words are those of KeyspaceObserver. */
export type ChangeListener = Partial<KeyspaceObserver>;

/**
 * Passes changes of keys on to who wants them at the moment: watched keys, tracked keys, events, waiting readers
 * of a group. The keyspace calls nobody while there is no listener.
 */
export class ChangeFeed implements KeyspaceObserver {
  readonly #keyspace: Keyspace;
  #listeners: readonly ChangeListener[] = [];

  constructor(keyspace: Keyspace) {
    this.#keyspace = keyspace;
  }

  /** In order of arrival. Adding one twice changes nothing. */
  add(listener: ChangeListener): void {
    if (this.#listeners.includes(listener)) return;
    this.#listeners = [...this.#listeners, listener];
    this.#keyspace.hooks.observer = this;
  }

  remove(listener: ChangeListener): void {
    this.#listeners = this.#listeners.filter((other) => other !== listener);
    if (this.#listeners.length === 0) this.#keyspace.hooks.observer = undefined;
  }

  changed(table: KeyTable, key: Bytes): void {
    for (const listener of this.#listeners) listener.changed?.(table, key);
  }

  groupsChanged(table: KeyTable, key: Bytes): void {
    for (const listener of this.#listeners) listener.groupsChanged?.(table, key);
  }

  added(table: KeyTable, key: Bytes): void {
    for (const listener of this.#listeners) listener.added?.(table, key);
  }

  expired(table: KeyTable, key: Bytes): void {
    for (const listener of this.#listeners) listener.expired?.(table, key);
  }

  missed(table: KeyTable, key: Bytes): void {
    for (const listener of this.#listeners) listener.missed?.(table, key);
  }

  replaced(table: KeyTable, before: KeyNames): void {
    for (const listener of this.#listeners) listener.replaced?.(table, before);
  }
}
