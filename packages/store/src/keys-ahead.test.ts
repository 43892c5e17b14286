import { ascii, UpcomingKeys } from "@slotcast/protocol";
import { expect, test } from "vitest";
import { KeyHash } from "./key-hash.ts";
import { KeyMap } from "./key-map.ts";
import { KeyStore } from "./key-store.ts";

/** Says how often a key had to be hashed. */
class CountingHash extends KeyHash {
  count = 0;

  override of(...args: Parameters<KeyHash["of"]>): number {
    this.count += 1;
    return super.of(...args);
  }
}

const hash = new CountingHash({ low: 1, high: 2 });
const store = new KeyStore(hash);
const map = new KeyMap(store);
for (let index = 0; index < 1000; index += 1) map.add(ascii(`key:${index}`), index);

const distinct = Array.from({ length: 100 }, (_, index) => `key:${index * 7}`);

/** How many of the keys, asked for in this order, are hashed though they were expected. */
function hashedOf(asked: readonly string[], expected = asked): number {
  const keys = new UpcomingKeys();
  const requests = expected.map((key) => `*2\r\n$3\r\nGET\r\n$${key.length}\r\n${key}\r\n`);
  keys.find(ascii(requests.join("")), 0);
  store.expect(keys);
  hash.count = 0;
  for (const key of asked) {
    const number = /\d+/.exec(key)?.[0];
    expect(store.get(ascii(key))).toBe(number === undefined ? undefined : Number(number));
  }
  return hash.count;
}

test("keys that were looked up ahead are not hashed again", () => {
  expect(hashedOf(distinct)).toBe(0);
});

test("keys that come several times in a row do not stand in the way of the next", () => {
  expect(hashedOf(distinct.flatMap((key) => [key, key, key]))).toBe(0);
});

test("a key that is not there is looked up by itself, and those behind it are as they were", () => {
  expect(hashedOf(["nobody", ...distinct])).toBe(1);
});

test("four keys that are not asked for after all are passed over, and more give the rest up", () => {
  // The first one behind them is looked up, and shows where we are.
  expect(hashedOf(distinct.slice(4), distinct)).toBe(1);
  expect(hashedOf(distinct.slice(5), distinct)).toBe(95);
});
