import { ascii } from "@slotcast/protocol";
import { expect, test } from "vitest";
import { SocketlessNode } from "./commands/socketless-node.ts";
import { encodeEffect } from "./replication/effect-encoder.ts";
import { TestLog } from "./replication/test-log.ts";

/** More than fit into a cache: from there on, keys are looked up ahead. */
const KEYS = 25_000;
const BATCHES = 300;
const BATCH = 40;

/** A sequence that is the same each time. Source: Park and Miller, "Random number generators", CACM 1988. */
function numbers(): (below: number) => number {
  let state = 1;
  return (below) => {
    state = (state * 48_271) % 2_147_483_647;
    return state % below;
  };
}

function full(): ReturnType<SocketlessNode["connect"]> {
  const client = new SocketlessNode().connect();
  for (let index = 0; index < KEYS; index += 1) client.send(`SET key:${index} ${index}`);
  return client;
}

test("requests that came together are answered as if each had come by itself", () => {
  const [together, alone] = [full(), full()];
  const random = numbers();
  // A few of them meet again and again, and some are missing.
  const key = (): string => `key:${random(2) === 0 ? random(20) : random(2 * KEYS)}`;
  const requests = [
    () => `GET ${key()}`,
    () => `SET ${key()} ${random(1000)}`,
    () => `INCR ${key()}`,
    () => `DEL ${key()} ${key()}`,
    () => `RENAME ${key()} ${key()}`,
    () => `RPUSH list:${key()} a b`,
    () => `LPOP list:${key()}`,
    () => `OBJECT ENCODING ${key()}`,
    () => `APPEND ${key()} x`,
    () => `PING`,
    () => `SELECT ${random(2)}`,
    () => `GET`,
  ];
  for (let batch = 0; batch < BATCHES; batch += 1) {
    const lines = Array.from({ length: BATCH }, () => requests[random(requests.length)]?.() ?? "");
    const expected = lines.map((line) => alone.send(line)).join(" ");
    expect(together.send(...lines)).toBe(expected);
  }
});

test("so are effects: a replica that has many keys holds what they say", () => {
  const node = new SocketlessNode();
  const replica = node.replicate(Object.assign(new TestLog(), { role: "replica" }));
  const random = numbers();
  const expected = new Map<string, number>();
  const effects = Array.from({ length: KEYS }, (_, index) => ["SET", `key:${index}`, `${index}`]);
  for (let index = 0; index < KEYS; index += 1) expected.set(`key:${index}`, index);
  for (let index = 0; index < 2000; index += 1) {
    const key = `key:${random(2) === 0 ? random(20) : random(2 * KEYS)}`;
    if (random(3) === 0) {
      effects.push(["DEL", key]);
      expected.delete(key);
    } else {
      effects.push(["INCR", key]);
      expected.set(key, (expected.get(key) ?? 0) + 1);
    }
  }
  replica.apply(ascii(effects.map((effect) => encodeEffect(effect.map(ascii))).join("")));
  const client = node.connect();
  expect(client.send("DBSIZE")).toBe(`:${expected.size}`);
  for (const [key, value] of expected) {
    expect(client.send(`GET ${key}`)).toBe(`$${String(value).length} ${value}`);
  }
});
