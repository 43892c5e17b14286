import { ascii, type Bytes } from "@slotcast/protocol";
import { Keyspace, type KeyTable } from "@slotcast/store";
import fc from "fast-check";
import { beforeEach, expect, test } from "vitest";
import { ChangeFeed } from "../change-feed.ts";
import { KeyLedger } from "./key-ledger.ts";

// Goal: the ledger always agrees with the keyspace, whatever happens to it.

let keyspace: Keyspace;
let ledger: KeyLedger;
let nowMs: number;

function sizeOf(table: KeyTable, key: Bytes): number | undefined {
  const value = table.peekRaw(key);
  return typeof value === "string" ? key.length + value.length : undefined;
}

beforeEach(() => {
  keyspace = new Keyspace({ tables: 3, hashSeed: { low: 1, high: 2 } });
  const changes = new ChangeFeed(keyspace);
  nowMs = 1000;
  ledger = new KeyLedger({
    keyspace: () => keyspace,
    changes: () => changes,
    nowMs: () => nowMs,
    random: () => 0,
    lfu: () => ({ logFactor: 10, decayMinutes: 1 }),
    sizeOf,
  });
});

/** What the ledger should say, found by walking. */
function walked(): { bytes: number; keys: number; expiring: number } {
  let bytes = 0;
  for (const table of keyspace.tables()) {
    for (const key of table.keys()) bytes += sizeOf(table, key) ?? 0;
  }
  return { bytes, keys: keyspace.size, expiring: keyspace.expiringSize };
}

function kept(): { bytes: number; keys: number; expiring: number } {
  return { bytes: ledger.totalBytes, keys: ledger.all.size, expiring: ledger.expiring.size };
}

const step = fc.record({
  what: fc.constantFrom("set", "keep", "delete", "expire", "persist", "clear", "later", "swap"),
  table: fc.nat(2),
  key: fc.constantFrom("a", "b", "a key of some length"),
  value: fc.string({ maxLength: 30 }),
});

test("it follows every change of keys and expiries, from whenever it was turned on", () => {
  fc.assert(
    fc.property(fc.array(step, { minLength: 10, maxLength: 60 }), fc.nat(10), (steps, onAt) => {
      for (const [index, { what, table: number, key: name, value }] of steps.entries()) {
        if (index === onAt) ledger.turn(true);
        const table = keyspace.table(number);
        const key = ascii(name);
        if (what === "set") table.set(key, ascii(value));
        if (what === "keep") table.setKeepingExpiry(key, ascii(value));
        if (what === "delete") table.delete(key);
        if (what === "expire" && table.peekRaw(key) !== undefined) table.expireAt(key, nowMs + 5);
        if (what === "persist") table.persist(key);
        if (what === "clear") table.clear();
        if (what === "swap") table.swapWith(keyspace.table(0));
        if (what === "later") {
          nowMs += 10;
          table.peek(key, nowMs);
        }
      }
      ledger.turn(true);
      expect(kept()).toEqual(walked());
      ledger.turn(false);
      expect(kept()).toEqual({ bytes: 0, keys: 0, expiring: 0 });
      keyspace.clear();
    }),
  );
});

test("a new key has not been used: its maker's command does not count", () => {
  ledger.turn(true);
  const table = keyspace.table(0);
  const key = ascii("a");
  table.set(key, ascii("1"));
  ledger.used(table, [key], 5000);
  expect(ledger.find(table, key)).toMatchObject({ frequency: 5, usedAtMs: 1000 });
  ledger.used(table, [key, ascii("missing")], 6000);
  expect(ledger.find(table, key)).toMatchObject({ frequency: 6, usedAtMs: 6000 });
});

test("a key that was there before counts from now on, and keeps its history when it is overwritten", () => {
  const table = keyspace.table(1);
  const key = ascii("a");
  table.set(key, ascii("1"));
  nowMs = 2000;
  ledger.turn(true);
  ledger.used(table, [key], 3000);
  table.set(key, ascii("2"));
  expect(ledger.find(table, key)).toMatchObject({ frequency: 6, usedAtMs: 3000 });
  const account = ledger.find(table, key);
  if (account === undefined) throw new Error("no account");
  expect(ledger.frequencyOf(account, 3000 + 120_000)).toBe(4);
});
