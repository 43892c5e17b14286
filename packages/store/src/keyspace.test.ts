import { ascii, hashSlot, SLOTS, type Bytes } from "@slotcast/protocol";
import { beforeEach, expect, test } from "vitest";
import type { KeyGuard, KeySource } from "./keyspace-hooks.ts";
import { Keyspace } from "./keyspace.ts";

const KEYS = 20_000;
const NOW_MS = 1;
let keyspace: Keyspace;

function key(index: number): Bytes {
  return ascii(`key:${index}`);
}

beforeEach(() => {
  keyspace = new Keyspace({ tables: SLOTS, hashSeed: { low: 1, high: 2 }, isBySlot: true });
  for (let index = 0; index < KEYS; index += 1) {
    keyspace.table(hashSlot(key(index))).set(key(index), ascii(String(index)));
  }
});

test("each table has the keys of its slot and no others", () => {
  expect(keyspace.size).toBe(KEYS);
  for (const table of keyspace.tables()) {
    const keys = [...table.keys()];
    expect(keys).toHaveLength(table.size);
    for (const each of keys) expect(hashSlot(each)).toBe(table.index);
  }
});

test("one table is emptied: the keys of the others stay, and can be written", () => {
  const table = keyspace.table(hashSlot(key(7)));
  const left = KEYS - table.size;
  table.clear();
  expect(keyspace.size).toBe(left);
  expect(table.read(key(7), NOW_MS)).toBeUndefined();
  for (let index = 0; index < KEYS; index += 1) {
    const other = keyspace.table(hashSlot(key(index)));
    if (other !== table) expect(other.read(key(index), NOW_MS)).toBe(String(index));
  }
  table.set(key(7), ascii("again"));
  expect(table.read(key(7), NOW_MS)).toBe("again");
});

test("all tables are emptied at once, and who guards them can still read what they held", () => {
  const befores = new Map<number, KeySource>();
  const guard: KeyGuard = {
    beforeUse: () => undefined,
    emptied: (table, before) => void befores.set(table.index, before),
    swapped: () => undefined,
  };
  for (const table of keyspace.tables()) table.guard = guard;
  const walk = keyspace.table(hashSlot(key(7))).keys();
  const first = walk.next().value;
  keyspace.clear();
  expect(keyspace.size).toBe(0);
  keyspace.table(hashSlot(key(7))).set(key(7), ascii("new"));
  for (let index = 0; index < KEYS; index += 1) {
    expect(befores.get(hashSlot(key(index)))?.peekRaw(key(index))).toBe(String(index));
  }
  // Who was on his way goes on through what was there.
  expect([first, ...walk]).toEqual([...(befores.get(hashSlot(key(7)))?.keys() ?? [])]);
  expect(keyspace.table(hashSlot(key(7))).read(key(7), NOW_MS)).toBe("new");
  expect(keyspace.size).toBe(1);
});
