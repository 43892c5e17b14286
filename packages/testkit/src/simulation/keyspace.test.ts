import { ascii } from "@slotcast/protocol";
import { expect, test } from "vitest";
import { appendEffect, countEffect, Keyspace, lockEffect, unlockEffect } from "./keyspace.ts";
import { Violation } from "./violation.ts";

test("effects, and a snapshot, make the same keyspace again", () => {
  const keyspace = new Keyspace();
  const effects: string[] = [];
  for (let id = 1; id <= 50; id += 1) {
    const key = id % 7;
    const stamp = keyspace.nextStamp(key, 100);
    keyspace.append(key, id, stamp);
    effects.push(appendEffect(key, id, stamp, id % 3));
    if (id % 4 === 0) {
      keyspace.count(key);
      keyspace.lock(key, id, id * 10);
      effects.push(countEffect(key), lockEffect(key, id, id * 10));
    }
  }
  for (const key of keyspace.expired(400)) {
    keyspace.unlock(key);
    effects.push(unlockEffect(key));
  }
  const replayed = new Keyspace();
  replayed.apply(ascii(effects.join("")));
  expect(replayed.snapshot()).toBe(keyspace.snapshot());
  const loaded = new Keyspace();
  loaded.append(1, 999, 1);
  loaded.load(keyspace.snapshot());
  expect(loaded.snapshot()).toBe(keyspace.snapshot());
  expect(loaded.end(1)).toEqual(keyspace.end(1));
});

test("the digest tells orders apart", () => {
  const one = new Keyspace();
  one.count(1);
  one.count(2);
  const other = new Keyspace();
  other.count(2);
  other.count(1);
  expect(one.digest).not.toBe(other.digest);
});

test("a stamp is never below the last one, whatever the clock says", () => {
  const keyspace = new Keyspace();
  keyspace.append(1, 1, keyspace.nextStamp(1, 5000));
  expect(keyspace.nextStamp(1, 100)).toBe(5001);
  expect(() => keyspace.append(1, 2, 100)).toThrow(Violation);
});

test("half an effect is a broken promise", () => {
  const effect = appendEffect(1, 2, 3, 4);
  expect(() => new Keyspace().apply(ascii(effect.slice(0, -1)))).toThrow(Violation);
});
