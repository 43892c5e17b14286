import { ascii } from "@slotcast/protocol";
import { expect, test } from "vitest";
import type { KeyGuard, KeySource } from "./keyspace-hooks.ts";
import { Keyspace } from "./keyspace.ts";
import { List } from "./list.ts";

const key = ascii("k");
const value = ascii("v");
const EARLY_MS = 100;
const DUE_MS = 200;

function keyspaceOf(tables: number): Keyspace {
  return new Keyspace({ tables, hashSeed: { low: 1, high: 2 } });
}

/** Writes down what each key held when the guard was told of it. */
class Watchman implements KeyGuard {
  readonly seen: unknown[] = [];
  before: KeySource | undefined;

  beforeUse(table: Parameters<KeyGuard["beforeUse"]>[0], name: typeof key): void {
    this.seen.push([name, table.peekRaw(name), table.expiryOf(name)]);
  }

  emptied(_table: unknown, before: KeySource): void {
    this.before = before;
  }

  swapped(table: { index: number }, other: { index: number }): void {
    this.seen.push([table.index, other.index]);
  }
}

test("a guard sees what a key holds before it is overwritten, removed or given an expiry", () => {
  const table = keyspaceOf(1).table(0);
  table.set(key, value);
  const guard = new Watchman();
  table.guard = guard;
  table.set(key, ascii("new"));
  table.expireAt(key, DUE_MS);
  table.setKeepingExpiry(key, 7);
  table.persist(key);
  table.delete(key);
  expect(guard.seen).toEqual([
    [key, "v", undefined],
    [key, "new", undefined],
    [key, "new", DUE_MS],
    [key, "7", DUE_MS],
    [key, "7", undefined],
  ]);
});

test("a guard is told of a look-up, after which a value may change in place, if the key is there", () => {
  const table = keyspaceOf(1).table(0);
  table.set(key, new List());
  const guard = new Watchman();
  table.guard = guard;
  table.peekList(key, EARLY_MS);
  table.readList(key, EARLY_MS);
  table.inspect(key, EARLY_MS);
  table.peek(ascii("missing"), EARLY_MS);
  expect(guard.seen).toHaveLength(3);
  table.guard = undefined;
  table.peek(key, EARLY_MS);
  expect(guard.seen).toHaveLength(3);
});

test("a guard is told of a key that expires, by a look or by active expiry, while it is there", () => {
  for (const expire of [
    (keyspace: Keyspace) => keyspace.table(0).peek(key, DUE_MS),
    (keyspace: Keyspace) => keyspace.expireSome({ nowMs: DUE_MS, keysMax: 10 }),
  ]) {
    const keyspace = keyspaceOf(1);
    keyspace.table(0).set(key, value);
    keyspace.table(0).expireAt(key, DUE_MS);
    const guard = new Watchman();
    keyspace.table(0).guard = guard;
    expire(keyspace);
    expect(keyspace.table(0).size).toBe(0);
    expect(guard.seen).toEqual([[key, "v", DUE_MS]]);
  }
});

test("a guard gets what an emptied table held, and it stays as it was", () => {
  const table = keyspaceOf(1).table(0);
  table.set(key, value);
  table.expireAt(key, DUE_MS);
  const guard = new Watchman();
  table.guard = guard;
  table.clear();
  table.set(key, ascii("new"));
  expect([...(guard.before?.keys() ?? [])]).toEqual([key]);
  expect(guard.before?.peekRaw(key)).toBe("v");
  expect(guard.before?.expiryOf(key)).toBe(DUE_MS);
});

test("a guard of either table is told that they swapped", () => {
  for (const guarded of [0, 1]) {
    const keyspace = keyspaceOf(2);
    const guard = new Watchman();
    keyspace.table(guarded).guard = guard;
    keyspace.table(0).swapWith(keyspace.table(1));
    expect(guard.seen).toEqual([[0, 1]]);
  }
});

test("a due key is hidden: nobody sees it, and it is neither removed nor counted nor announced", () => {
  const keyspace = keyspaceOf(1);
  const table = keyspace.table(0);
  const announced: unknown[] = [];
  keyspace.hooks.expired = (_table, gone) => announced.push(gone);
  table.set(key, value);
  table.expireAt(key, DUE_MS);
  keyspace.hooks.expiry = "hide";
  expect(table.peek(key, DUE_MS - 1)).toBe("v");
  expect(table.peek(key, DUE_MS)).toBeUndefined();
  expect(table.read(key, DUE_MS)).toBeUndefined();
  expect(table.peekCounter(key, DUE_MS)).toBeUndefined();
  expect(keyspace.expireSome({ nowMs: DUE_MS, keysMax: 10 })).toBe(0);
  expect([table.size, table.expiryOf(key)]).toEqual([1, DUE_MS]);
  expect([keyspace.stats.expired, keyspace.stats.misses, announced]).toEqual([0, 1, []]);
  keyspace.hooks.expiry = "remove";
  expect(keyspace.expireSome({ nowMs: DUE_MS, keysMax: 10 })).toBe(1);
  expect(announced).toEqual([key]);
});

test("a due key is kept: it is there, as if it had no expiry", () => {
  const keyspace = keyspaceOf(1);
  const table = keyspace.table(0);
  table.set(key, value);
  table.expireAt(key, DUE_MS);
  keyspace.hooks.expiry = "keep";
  expect(table.peek(key, DUE_MS)).toBe("v");
  expect(table.delete(key)).toBe(true);
});

test("a look-up is plain again when the last expiry is gone", () => {
  const keyspace = keyspaceOf(2);
  const [table, other] = [keyspace.table(0), keyspace.table(1)];
  for (const forget of [
    () => table.persist(key),
    () => table.delete(key),
    () => table.set(key, value),
    () => table.peek(key, DUE_MS),
    () => table.clear(),
    () => table.swapWith(other),
  ]) {
    table.set(key, value);
    table.expireAt(key, DUE_MS);
    forget();
    expect(table.expiringSize).toBe(0);
    table.set(key, value);
    expect(table.peek(key, DUE_MS)).toBe("v");
  }
  expect(other.peek(key, DUE_MS)).toBeUndefined();
});
