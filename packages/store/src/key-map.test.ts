import { ascii, UpcomingKeys, type Bytes } from "@slotcast/protocol";
import fc from "fast-check";
import { expect, test } from "vitest";
import { KeyHash } from "./key-hash.ts";
import { KeyMap } from "./key-map.ts";
import { KeyStore } from "./key-store.ts";
import type { Kept } from "./key-table.ts";
import type { KeyIterator } from "./keyspace-hooks.ts";

const hash = new KeyHash({ low: 0x1234, high: 0x5678 });
const MAPS = 3;
/** Enough for several pages and chunks. */
const MANY = 40_000;

/** A map beside a JavaScript Map, which has to say the same. */
class Pair {
  readonly map: KeyMap;
  readonly model = new Map<Bytes, Kept>();
  readonly #store: KeyStore;
  walks: { readonly keys: KeyIterator; readonly expected: MapIterator<Bytes> }[] = [];

  constructor(store: KeyStore) {
    this.#store = store;
    this.map = new KeyMap(store);
  }

  set(key: Bytes, value: Kept): void {
    if (!this.#store.replace(key, value)) expect(this.map.add(key, value)).toBe(true);
    this.model.set(key, value);
  }

  delete(key: Bytes): void {
    expect(this.map.delete(key)).toBe(this.model.delete(key));
  }

  walk(): void {
    this.walks.push({ keys: this.map.keys(), expected: this.model.keys() });
  }

  step(): void {
    for (const { keys, expected } of this.walks) expect(keys.next()).toEqual(expected.next());
  }

  check(): void {
    expect(this.map.size).toBe(this.model.size);
    expect([...this.map.keys()]).toEqual([...this.model.keys()]);
    for (const [key, value] of this.model) expect(this.map.get(key)).toBe(value);
  }
}

/** As if requests for these keys had come. */
function upcoming(names: readonly string[]): UpcomingKeys {
  const keys = new UpcomingKeys();
  const requests = names.map((each) => `*2\r\n$3\r\nGET\r\n$${each.length}\r\n${each}\r\n`);
  keys.find(ascii(requests.join("")), 0);
  expect(keys.count).toBe(names.length);
  return keys;
}

/** Around the lengths where strings become views, and where another hash is used. */
const name = fc
  .tuple(fc.constantFrom(0, 11, 12, 13, 31, 32, 33, 300), fc.nat(9))
  .map(([length, digit]) => `${"\xff".repeat(length)}${digit}`);

test("maps that share a store do what Maps do, also for who goes through them while they change", () => {
  const operation = fc.record({
    do: fc.constantFrom("set", "set", "delete", "walk", "step", "move", "expect", "get"),
    index: fc.nat(MAPS - 1),
    name,
    value: fc.oneof(fc.nat(), fc.constantFrom(ascii("v"), ascii("w".repeat(50)))),
  });
  fc.assert(
    fc.property(fc.array(operation, { maxLength: 200, size: "max" }), (operations) => {
      const store = new KeyStore(hash);
      const pairs = Array.from({ length: MAPS }, () => new Pair(store));
      const moved: Pair[] = [];
      for (const { do: what, index, name: each, value } of operations) {
        const pair = pairs[index] ?? expect.fail();
        const key = ascii(`${index}${each}`);
        if (what === "set") pair.set(key, value);
        if (what === "delete") pair.delete(key);
        if (what === "walk") pair.walk();
        if (what === "step") pair.step();
        if (what === "expect") store.expect(upcoming([`${index}${each}`, `${value}`]));
        if (what === "get") expect(pair.map.get(key)).toBe(pair.model.get(key));
        if (what === "move") {
          pair.map.moveOut();
          moved.push(pair);
          pairs[index] = new Pair(store);
        }
        expect(store.size).toBe(pairs.reduce((sum, { map }) => sum + map.size, 0));
      }
      for (const pair of [...pairs, ...moved]) {
        pair.check();
        pair.step();
      }
    }),
    { numRuns: 300 },
  );
});

test("forty thousand keys come, go and come again, through splits and joins of pages, in the order of a Map", () => {
  const store = new KeyStore(hash);
  const pair = new Pair(store);
  const key = (index: number): Bytes => ascii(`key:${index}`);
  for (let round = 0; round < 2; round += 1) {
    for (let index = 0; index < MANY; index += 1) pair.set(key(index), index);
    pair.check();
    for (let index = 0; index < MANY; index += 1) {
      if (index % 1000 !== round) pair.delete(key((index * 7919) % MANY));
    }
    pair.check();
  }
  expect(store.size).toBe(pair.model.size);
});

test("what was expected may be gone, with all that was near it, or be another's", () => {
  const store = new KeyStore(hash);
  const pair = new Pair(store);
  const key = (index: number): Bytes => ascii(`key:${index}`);
  for (let index = 0; index < MANY; index += 1) pair.set(key(index), index);
  const names = ["key:39999", "key:1", "nobody", "key:2"];
  store.expect(upcoming(names));
  const found = names.map((each) => store.get(ascii(each)));
  expect(found).toEqual([39_999, 1, undefined, 2]);
  store.expect(upcoming(names));
  for (let index = 0; index < MANY; index += 1) pair.delete(key(index));
  expect(store.get(key(39_999))).toBeUndefined();
  pair.set(key(0), 0);
  store.expect(upcoming(["key:0"]));
  pair.delete(key(0));
  pair.set(key(3), 3);
  expect([store.get(key(0)), store.get(key(3))]).toEqual([undefined, 3]);
});

test("a key is kept as a string of its own, not as a view of the chunk that it came in", () => {
  const store = new KeyStore(hash);
  const map = new KeyMap(store);
  const chunk = ascii(`${"x".repeat(1000)}a key of some length${"y".repeat(1000)}`);
  const view = ascii(chunk.slice(1000, 1020));
  map.add(view, 1);
  expect([...map.keys()]).toEqual(["a key of some length"]);
  expect(map.get(view)).toBe(1);
});

test("who stops going through the keys leaves no trace: the next one begins at the start", () => {
  const map = new KeyMap(new KeyStore(hash));
  for (const digit of "123") map.add(ascii(digit), 1);
  for (const key of map.keys()) {
    expect(key).toBe("1");
    break;
  }
  map.delete(ascii("1"));
  expect([...map.keys()]).toEqual(["2", "3"]);
});
