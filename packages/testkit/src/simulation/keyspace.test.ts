import { ascii } from "@slotcast/protocol";
import { expect, test } from "vitest";
import { appendEffect, countEffect, Keyspace } from "./keyspace.ts";
import { Violation } from "./violation.ts";

test("effects, and a snapshot, make the same keyspace again", () => {
  const keyspace = new Keyspace();
  const effects: string[] = [];
  for (let id = 1; id <= 50; id += 1) {
    const key = id % 7;
    keyspace.append(key, id);
    effects.push(appendEffect(key, id, id % 3));
    if (id % 4 === 0) {
      keyspace.count(key);
      effects.push(countEffect(key));
    }
  }
  const replayed = new Keyspace();
  replayed.apply(ascii(effects.join("")));
  expect(replayed.snapshot()).toBe(keyspace.snapshot());
  const loaded = new Keyspace();
  loaded.append(1, 999);
  loaded.load(keyspace.snapshot());
  expect(loaded.snapshot()).toBe(keyspace.snapshot());
  expect(loaded.end(1)).toEqual(keyspace.end(1));
});

test("half an effect is a broken promise", () => {
  const effect = appendEffect(1, 2, 3);
  expect(() => new Keyspace().apply(ascii(effect.slice(0, -1)))).toThrow(Violation);
});
