import { ascii } from "@slotcast/protocol";
import { Keyspace } from "@slotcast/store";
import { beforeEach, expect, test } from "vitest";
import { ChangeFeed } from "../change-feed.ts";
import { EvictionCandidates, type EvictionPolicy } from "./eviction-candidates.ts";
import { KeyLedger } from "./key-ledger.ts";

// Goal: with more samples than keys the choice is exact; candidates that are gone are passed over.

let keyspace: Keyspace;
let ledger: KeyLedger;
let candidates: EvictionCandidates;
let nowMs: number;

beforeEach(() => {
  keyspace = new Keyspace({ tables: 2, hashSeed: { low: 1, high: 2 } });
  const changes = new ChangeFeed(keyspace);
  nowMs = 0;
  // Each in turn, so that a round of samples meets every key.
  let turn = 0;
  const random = (): number => {
    turn += 1;
    return (turn * 0.618_034) % 1;
  };
  ledger = new KeyLedger({
    keyspace: () => keyspace,
    changes: () => changes,
    nowMs: () => nowMs,
    random: () => 0,
    lfu: () => ({ logFactor: 0, decayMinutes: 1 }),
    sizeOf: (table, key) => (table.peekRaw(key) === undefined ? undefined : 1),
  });
  ledger.turn(true);
  candidates = new EvictionCandidates({ ledger, random });
});

/** Evicts until nothing is left that may go. */
function order(policy: EvictionPolicy): string {
  let keys = "";
  for (;;) {
    const account = candidates.next(policy, { samples: 40, nowMs });
    if (account === undefined) return keys;
    keys += account.key;
    account.table.delete(account.key);
  }
}

/** Keys a to h, made in this order, in two tables. */
function makeKeys(): void {
  for (const [index, key] of [..."abcdefgh"].entries()) {
    nowMs = 1000 * index;
    keyspace.table(index % 2).set(ascii(key), ascii("1"));
  }
  nowMs = 100_000;
}

function use(keys: string, times = 1): void {
  for (const key of keys) {
    nowMs += 1000;
    for (let time = 0; time < times; time += 1) {
      for (const table of keyspace.tables()) ledger.used(table, [ascii(key)], nowMs);
    }
  }
}

function expire(keys: string): void {
  for (const [index, key] of [...keys].entries()) {
    for (const table of keyspace.tables()) {
      if (table.peekRaw(ascii(key)) !== undefined) table.expireAt(ascii(key), 10_000_000 + index);
    }
  }
}

test("noeviction lets nothing go", () => {
  makeKeys();
  expect(order("noeviction")).toBe("");
});

test("allkeys-lru lets go what was not used for longest", () => {
  makeKeys();
  use("abcdefgh");
  use("bda");
  expect(order("allkeys-lru")).toBe("cefghbda");
});

test("allkeys-lfu lets go what is used least, whenever that was", () => {
  makeKeys();
  use("hgfedcba", 1);
  for (const [index, key] of [..."abcdefgh"].entries()) use(key, index * 3);
  nowMs += 1000;
  expect(order("allkeys-lfu")).toBe("abcdefgh");
});

test("volatile-ttl lets go what would expire first", () => {
  makeKeys();
  expire("dbc");
  expect(order("volatile-ttl")).toBe("dbc");
  expect(keyspace.size).toBe(5);
});

test.each(["volatile-lru", "volatile-lfu", "volatile-random"] as const)(
  "%s touches no key without an expiry",
  (policy) => {
    makeKeys();
    expire("fdb");
    expect([...order(policy)].toSorted().join("")).toBe("bdf");
  },
);

test("allkeys-random ends with all of them gone", () => {
  makeKeys();
  expect([...order("allkeys-random")].toSorted().join("")).toBe("abcdefgh");
});

test("a candidate that went by itself, or lost its expiry, is not chosen", () => {
  makeKeys();
  expire("abcd");
  const first = candidates.next("volatile-ttl", { samples: 40, nowMs });
  expect(first?.key).toBe("a");
  keyspace.table(1).delete(ascii("b"));
  keyspace.table(0).persist(ascii("c"));
  first?.table.delete(first.key);
  expect(order("volatile-ttl")).toBe("d");
});
