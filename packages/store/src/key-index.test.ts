import { ascii, type Bytes } from "@slotcast/protocol";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { KeyIndexes } from "./key-index.ts";
import type { KeyTable } from "./key-table.ts";
import { Keyspace } from "./keyspace.ts";
import { INDEX_IDLE_MS, INDEX_KEYS_PER_STEP, INDEXES_MAX } from "./limits.ts";
import { seededRandom } from "./seeded-random.ts";

const SEED = { low: 11, high: 12 };
const VALUE = ascii("value");
const NOW_MS = 1_800_000_000_000;

function tableOf(count: number, prefix = "key"): KeyTable {
  const table = new Keyspace({ tables: 1, hashSeed: SEED }).table(0);
  for (let index = 0; index < count; index += 1) table.set(ascii(`${prefix}:${index}`), VALUE);
  return table;
}

function scanAll(table: KeyTable, countMax: number): Bytes[] {
  const keys: Bytes[] = [];
  let fromHash: number | undefined = 0;
  while (fromHash !== undefined) {
    fromHash = table.scan({ fromHash, countMax }, NOW_MS, (key) => keys.push(key));
  }
  return keys;
}

describe("scanning a table", () => {
  test("gives all at once when there are no more keys than asked for", () => {
    const table = tableOf(7);
    const keys: Bytes[] = [];
    const range = { fromHash: 0, countMax: 7 };
    expect(table.scan(range, NOW_MS, (key) => keys.push(key))).toBeUndefined();
    expect(keys.toSorted()).toEqual([...table.keys()].toSorted());
  });

  test.each([
    [1, 50],
    [10, 5000],
    [1000, 30_000],
  ])("by %i gives each of %i keys once, while nothing changes", (countMax, count) => {
    const keys = scanAll(tableOf(count), countMax);
    expect(keys).toHaveLength(count);
    expect(new Set(keys).size).toBe(count);
  });

  test("gives no keys, and nowhere else to go on, until a large table is indexed", () => {
    const table = tableOf(3 * INDEX_KEYS_PER_STEP);
    const range = { fromHash: 0, countMax: 10 };
    let keys = 0;
    const count = (): void => {
      keys += 1;
    };
    expect(table.scan(range, NOW_MS, count)).toBe(0);
    expect(table.scan(range, NOW_MS, count)).toBe(0);
    expect(keys).toBe(0);
    expect(table.scan(range, NOW_MS, count)).toBeGreaterThan(0);
    expect(keys).toBe(10);
  });

  test("indexes as many keys at once as are asked for", () => {
    const table = tableOf(3 * INDEX_KEYS_PER_STEP);
    let keys = 0;
    const range = { fromHash: 0, countMax: 2 * INDEX_KEYS_PER_STEP };
    for (let call = 0; call < 2; call += 1) table.scan(range, NOW_MS, () => (keys += 1));
    expect(keys).toBe(range.countMax);
  });
});

/** What happens between two calls of a scan. */
const change = fc.record({
  do: fc.constantFrom("add", "delete", "expire", "write again", "drop index", "swap twice"),
  count: fc.constantFrom(1, 30, 3000),
});

test("a scan gives every key that is there all the time, whatever happens to others and to the index", () => {
  const scenario = fc.record({
    steady: fc.constantFrom(5, 60, 12_000),
    passing: fc.constantFrom(0, 40, 2000),
    countMax: fc.constantFrom(1, 10, 100),
    changes: fc.array(change, { maxLength: 20 }),
  });
  fc.assert(
    fc.property(scenario, ({ steady, passing, countMax, changes }) => {
      const keyspace = new Keyspace({ tables: 2, hashSeed: SEED });
      const table = keyspace.table(0);
      let made = 0;
      const others: Bytes[] = [];
      const add = (count: number): void => {
        for (let index = 0; index < count; index += 1) {
          const key = ascii(`other:${(made += 1)}`);
          others.push(key);
          table.set(key, VALUE);
        }
      };
      const steadyKeys = Array.from({ length: steady }, (_, index) => ascii(`steady:${index}`));
      add(passing / 2);
      for (const key of steadyKeys) table.set(key, VALUE);
      add(passing / 2);
      const seen = new Set<Bytes>();
      let fromHash: number | undefined = 0;
      for (let turn = 0; fromHash !== undefined; turn += 1) {
        // From 12,000 keys one at a time would be most of the test's time.
        const range = { fromHash, countMax: turn > 30 ? 5000 : countMax };
        fromHash = table.scan(range, NOW_MS, (key) => seen.add(key));
        const next = changes[turn];
        if (next === undefined) continue;
        if (next.do === "add") add(next.count);
        else if (next.do === "write again") for (const key of steadyKeys) table.set(key, VALUE);
        else if (next.do === "drop index") table.dropIndex();
        else if (next.do === "swap twice") {
          table.swapWith(keyspace.table(1));
          table.swapWith(keyspace.table(1));
        } else if (next.do === "delete") {
          for (const key of others.splice(0, next.count)) table.delete(key);
        } else {
          for (const key of others.splice(-next.count, next.count)) {
            table.expireAt(key, NOW_MS);
            table.peek(key, NOW_MS);
          }
        }
      }
      expect(steadyKeys.filter((key) => !seen.has(key))).toEqual([]);
    }),
    { numRuns: 25 },
  );
});

test("a key that came or went after the index was made is given or not, whichever way it came or went", () => {
  const table = tableOf(100);
  scanAll(table, 10);
  table.set(ascii("new"), VALUE);
  expect(scanAll(table, 10)).toContain("new");
  table.delete(ascii("key:1"));
  table.expireAt(ascii("key:2"), NOW_MS);
  table.peek(ascii("key:2"), NOW_MS);
  const keys = scanAll(table, 10);
  expect(keys).toHaveLength(99);
  expect(keys).not.toContain("key:1");
  expect(keys).not.toContain("key:2");
  table.clear();
  table.set(ascii("only"), VALUE);
  table.set(ascii("two"), VALUE);
  expect(scanAll(table, 1).toSorted()).toEqual(["only", "two"]);
});

test("tables that were swapped are scanned as what they are now", () => {
  const keyspace = new Keyspace({ tables: 2, hashSeed: SEED });
  const [first, second] = [keyspace.table(0), keyspace.table(1)];
  for (const key of ["a", "b", "c"]) first.set(ascii(key), VALUE);
  for (const key of ["d", "e"]) second.set(ascii(key), VALUE);
  scanAll(first, 1);
  scanAll(second, 1);
  first.swapWith(second);
  expect(scanAll(first, 1).toSorted()).toEqual(["d", "e"]);
  expect(scanAll(second, 1).toSorted()).toEqual(["a", "b", "c"]);
});

describe("a random key", () => {
  test("is missing from an empty table", () => {
    expect(tableOf(0).randomKey(Math.random, NOW_MS)).toBeUndefined();
  });

  test.each([20, 2000])("is any of %i keys with the same probability", (count) => {
    const table = tableOf(count);
    const random = seededRandom(5);
    const drawn = new Map<Bytes, number>();
    for (let index = 0; index < count * 50; index += 1) {
      const key = table.randomKey(random, NOW_MS) ?? ascii("");
      drawn.set(key, (drawn.get(key) ?? 0) + 1);
    }
    expect(drawn.size).toBe(count);
    // 50 each, deviation 7. The seed is fixed.
    for (const times of drawn.values()) expect(Math.abs(times - 50)).toBeLessThan(36);
  });

  test("of a table too large to index at once is one of those indexed so far", () => {
    const table = tableOf(2 * INDEX_KEYS_PER_STEP);
    const number = Number(table.randomKey(seededRandom(1), NOW_MS)?.slice("key:".length));
    expect(number).toBeLessThan(INDEX_KEYS_PER_STEP);
  });

  test("is found when all that is indexed so far was deleted", () => {
    const table = tableOf(2 * INDEX_KEYS_PER_STEP);
    table.randomKey(Math.random, NOW_MS);
    for (let index = 0; index < INDEX_KEYS_PER_STEP; index += 1)
      table.delete(ascii(`key:${index}`));
    expect(table.peekRaw(table.randomKey(Math.random, NOW_MS) ?? ascii(""))).toBe(VALUE);
  });

  test("comes from each table as often as it has keys", () => {
    const keyspace = new Keyspace({ tables: 100, hashSeed: SEED });
    expect(keyspace.randomTable(Math.random)).toBeUndefined();
    for (const [index, count] of [
      [3, 10],
      [50, 30],
      [99, 60],
    ] as const) {
      for (let key = 0; key < count; key += 1) keyspace.table(index).set(ascii(`${key}`), VALUE);
    }
    const random = seededRandom(2);
    const drawn = new Map<number, number>();
    for (let draw = 0; draw < 10_000; draw += 1) {
      const index = keyspace.randomTable(random)?.index ?? -1;
      drawn.set(index, (drawn.get(index) ?? 0) + 1);
    }
    expect([...drawn.keys()].toSorted((a, b) => a - b)).toEqual([3, 50, 99]);
    // Deviations of 30 to 50. The seed is fixed.
    expect(Math.abs((drawn.get(3) ?? 0) - 1000)).toBeLessThan(150);
    expect(Math.abs((drawn.get(50) ?? 0) - 3000)).toBeLessThan(200);
  });
});

describe("the indexes of a keyspace", () => {
  const makeTable = (dropped: string[], name: string) => ({
    dropIndex: () => {
      dropped.push(name);
    },
  });

  test("are so many: the least recently used one goes", () => {
    const indexes = new KeyIndexes(SEED);
    const dropped: string[] = [];
    const tables = Array.from({ length: INDEXES_MAX }, (_, index) =>
      makeTable(dropped, `${index}`),
    );
    for (const table of tables) indexes.use(table, NOW_MS);
    expect(dropped).toEqual([]);
    for (const table of tables.slice(0, 1)) indexes.use(table, NOW_MS);
    indexes.use(makeTable(dropped, "one more"), NOW_MS);
    expect(dropped).toEqual(["1"]);
  });

  test("go when they were not used for a while", () => {
    const indexes = new KeyIndexes(SEED);
    const dropped: string[] = [];
    indexes.use(makeTable(dropped, "first"), NOW_MS);
    indexes.use(makeTable(dropped, "second"), NOW_MS + 1);
    indexes.dropIdle(NOW_MS + INDEX_IDLE_MS - 1);
    expect(dropped).toEqual([]);
    indexes.dropIdle(NOW_MS + INDEX_IDLE_MS);
    expect(dropped).toEqual(["first"]);
    indexes.dropIdle(NOW_MS + INDEX_IDLE_MS + 1);
    indexes.dropIdle(NOW_MS + 2 * INDEX_IDLE_MS);
    expect(dropped).toEqual(["first", "second"]);
  });
});
