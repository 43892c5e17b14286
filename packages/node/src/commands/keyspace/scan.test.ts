import { ascii } from "@slotcast/protocol";
import { describe, expect, test } from "vitest";
import { SocketlessNode, type SocketlessClient } from "../socketless-node.ts";

// Goal: SCAN, KEYS and RANDOMKEY answer as Redis 7.0 does and tell no expired key. That a scan misses nothing:
// packages/store/src/key-index.test.ts; across the slots of a cluster: test/cluster/scan.test.ts.

const SYNTAX = "-ERR syntax error";
const NO_INTEGER = "-ERR value is not an integer or out of range";
const NO_CURSOR = "-ERR invalid cursor";
const END = "*2 $1 0 *0";

const CONVERSATIONS: readonly (readonly [sent: readonly string[], received: string])[] = [
  [["SCAN 0"], END],
  [
    ["SET a 1", "SCAN 0", "SCAN 00", "SCAN +0", "SCAN -0"],
    `+OK ${"*2 $1 0 *1 $1 a ".repeat(4).trim()}`,
  ],
  [
    ["SCAN x", "SCAN 1x", "SCAN 1.5", "SCAN 18446744073709551616"],
    `${NO_CURSOR} ${NO_CURSOR} ${NO_CURSOR} ${NO_CURSOR}`,
  ],
  [["SCAN -18446744073709551616", "SCAN 0x1"], `${NO_CURSOR} ${NO_CURSOR}`],
  [
    ["SET a 1", "SCAN 18446744073709551615", "SCAN -1", "SCAN 9007199254740993"],
    `+OK ${END} ${END} ${END}`,
  ],
  [["SCAN 0 COUNT 0", "SCAN 0 COUNT -1", "SCAN 0 COUNT x"], `${SYNTAX} ${SYNTAX} ${NO_INTEGER}`],
  [
    ["SCAN 0 COUNT", "SCAN 0 MATCH", "SCAN 0 TYPE", "SCAN 0 NOSUCH 1"],
    `${SYNTAX} ${SYNTAX} ${SYNTAX} ${SYNTAX}`,
  ],
  [["SCAN x COUNT 0"], NO_CURSOR],
  [
    ["SET a 1", "SET b 1", "SCAN 0 MATCH b", "SCAN 0 match [c-z]"],
    `+OK +OK *2 $1 0 *1 $1 b ${END}`,
  ],
  [
    ["SET a 1", "SCAN 0 MATCH x MATCH *", "SCAN 0 COUNT 1 COUNT 5"],
    "+OK *2 $1 0 *1 $1 a *2 $1 0 *1 $1 a",
  ],
  [
    ["SADD s 1", "SET a 1", "SCAN 0 TYPE SET", "SCAN 0 type string"],
    ":1 +OK *2 $1 0 *1 $1 s *2 $1 0 *1 $1 a",
  ],
  [
    ["RPUSH l 1", "XADD x 1 f v", "SCAN 0 TYPE list", "SCAN 0 TYPE stream"],
    ":1 $3 1-0 *2 $1 0 *1 $1 l *2 $1 0 *1 $1 x",
  ],
  [["SET a 1", "SCAN 0 TYPE nosuch"], `+OK ${END}`],
  [["SET a 1", "SELECT 1", "SCAN 0", "KEYS *", "RANDOMKEY"], `+OK +OK ${END} *0 $-1`],
  [["KEYS *", "RANDOMKEY"], "*0 $-1"],
  [
    ["SET key:1 1", "SADD other 1", "KEYS key*", "KEYS ?????", "KEYS other", "KEYS o"],
    "+OK :1 *1 $5 key:1 *2 $5 key:1 $5 other *1 $5 other *0",
  ],
  [["SET a 1", "RANDOMKEY", "DEL a", "RANDOMKEY"], "+OK $1 a :1 $-1"],
];

test.each(CONVERSATIONS)("%j is answered %j", (sent, received) => {
  expect(new SocketlessNode().connect().send(...sent)).toBe(received);
});

test("RESP3 has the same arrays, and its own null", () => {
  const client = new SocketlessNode().connect();
  client.send("HELLO 3");
  expect(client.send("RANDOMKEY", "SET a 1", "SCAN 0", "KEYS *")).toBe(
    "_ +OK *2 $1 0 *1 $1 a *1 $1 a",
  );
});

/** Keys `k0`, `k1`, … */
function fill(client: SocketlessClient, count: number): void {
  client.send(...Array.from({ length: count }, (_, index) => `SET k${index} 1`));
}

function scanAll(client: SocketlessClient, options: string): { keys: string[]; calls: number } {
  const keys: string[] = [];
  let calls = 0;
  let cursor = "0";
  do {
    const words = client.send(`SCAN ${cursor} ${options}`).split(" ");
    cursor = words[2] ?? "";
    keys.push(...words.filter((word) => word.startsWith("k")));
    calls += 1;
  } while (cursor !== "0");
  return { keys, calls };
}

describe("a scan of many keys", () => {
  test("gives each of them once, some at a time", () => {
    const client = new SocketlessNode().connect();
    fill(client, 2000);
    const { keys, calls } = scanAll(client, "COUNT 20");
    expect(keys).toHaveLength(2000);
    expect(new Set(keys).size).toBe(2000);
    expect(calls).toBe(100);
  });

  test("goes on to the end although nothing matches", () => {
    const client = new SocketlessNode().connect();
    fill(client, 100);
    expect(scanAll(client, "MATCH nothing")).toEqual({ keys: [], calls: 10 });
    expect(scanAll(client, "TYPE list")).toEqual({ keys: [], calls: 10 });
  });
});

test("expired keys that nobody removed yet are not told, and looking removes them", () => {
  const node = new SocketlessNode();
  const client = node.connect();
  const table = node.broker.keyspace.table(0);
  fill(client, 10);
  // Not by a command: one that gives a time that has passed deletes the key at once.
  for (const key of ["k1", "k5", "k9"]) table.expireAt(ascii(key), 1);
  expect(client.send("DBSIZE", "KEYS *", "DBSIZE")).toMatch(/^:10 \*7 .* :10$/);
  expect(scanAll(client, "COUNT 3").keys.toSorted()).toEqual([
    "k0",
    "k2",
    "k3",
    "k4",
    "k6",
    "k7",
    "k8",
  ]);
  expect(client.send("DBSIZE")).toBe(":7");
  for (const key of table.keys()) if (key !== "k8") table.expireAt(key, 1);
  expect(client.send("RANDOMKEY", "RANDOMKEY")).toBe("$2 k8 $2 k8");
  table.expireAt(ascii("k8"), 1);
  expect(client.send("RANDOMKEY", "DBSIZE")).toBe("$-1 :0");
});

test("RANDOMKEY finds every key", () => {
  const client = new SocketlessNode().connect();
  fill(client, 5);
  const found = new Set<string>();
  for (let draw = 0; draw < 400 && found.size < 5; draw += 1) found.add(client.send("RANDOMKEY"));
  expect([...found].toSorted()).toEqual(["$2 k0", "$2 k1", "$2 k2", "$2 k3", "$2 k4"]);
});
