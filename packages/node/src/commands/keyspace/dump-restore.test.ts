import { ascii, bulkHead, fromBuffer, type Bytes } from "@slotcast/protocol";
import { describe, expect, test } from "vitest";
import { SocketlessNode } from "../socketless-node.ts";

// Goal: a key comes back from DUMP and RESTORE as it was, on another node too, and RESTORE answers as Redis 7.0 does
// (compared with redis-server 7.0.15). The bytes themselves: packages/store, dump-payload.test.ts.

const BUSY = "-BUSYKEY Target key name already exists.";
const FOREIGN = "-ERR DUMP payload version or checksum are wrong";
const NO_INTEGER = "-ERR value is not an integer or out of range";
const SYNTAX = "-ERR syntax error";
const FAR = "99999999999999";
const ALL_BYTES = fromBuffer(Buffer.from(Uint8Array.from({ length: 256 }, (_, byte) => byte)));

/** A node and a client of it that sends bytes, not words of text. */
class Pair {
  readonly node = new SocketlessNode("--enable-debug-command", "yes");
  readonly client = this.node.connect();

  send(...words: readonly string[]): string {
    const { connection } = this.client;
    const bulks = words.map((word) => `${bulkHead(word.length)}${word}\r\n`);
    connection.decoder.push(ascii(`*${words.length}\r\n${bulks.join("")}`));
    this.node.pump(connection);
    const { out } = connection;
    connection.out = "";
    return out.slice(0, -2);
  }

  dump(key: string): Bytes {
    const reply = this.send("DUMP", key);
    return ascii(reply.slice(reply.indexOf("\r\n") + 2));
  }
}

const COMMANDS_OF: Readonly<Record<string, readonly string[]>> = {
  string: [`SET k ${ALL_BYTES.replaceAll(" ", "")}`],
  integer: ["SET k 42"],
  list: ["RPUSH k a b c"],
  set: ["SADD k a b c"],
  intset: ["SADD k 1 2 3"],
  stream: [
    ...["XADD k 1-1 f v", "XADD k 1-2 f v g w", "XADD k 2-0 f v", "XDEL k 1-2"],
    ...["XGROUP CREATE k g 0", "XGROUP CREATE k h 1-1 ENTRIESREAD 1"],
    ...["XREADGROUP GROUP g anna COUNT 1 STREAMS k >", "XGROUP CREATECONSUMER k h bert"],
    ...["XADD k IDMP p m1 * f v"],
  ],
};

test("a stream whose counters were set to their ends, and counted on, can be restored", () => {
  const pair = new Pair();
  const end = "9223372036854775807";
  for (const command of [
    "XADD k 1-1 f v",
    `XSETID k 2-2 ENTRIESADDED ${end}`,
    `XGROUP CREATE k g 0 ENTRIESREAD ${end}`,
    "XADD k 3-3 f v",
    "XREADGROUP GROUP g c STREAMS k >",
  ]) {
    expect(pair.send(...command.split(" "))).not.toContain("ERR");
  }
  expect(pair.send("RESTORE", "again", "0", pair.dump("k"))).toBe("+OK");
});

describe.each(Object.entries(COMMANDS_OF))("%s", (_name, commands) => {
  test("comes back under another key, on another node, and as a copy", () => {
    const pair = new Pair();
    for (const command of commands) pair.send(...command.split(" "));
    const payload = pair.dump("k");
    const digest = pair.send("DEBUG", "DIGEST-VALUE", "k");
    expect(pair.send("RESTORE", "again", "0", payload)).toBe("+OK");
    expect(pair.send("DEBUG", "DIGEST-VALUE", "again")).toBe(digest);
    expect(pair.send("COPY", "k", "copy")).toBe(":1");
    expect(pair.send("DEBUG", "DIGEST-VALUE", "copy")).toBe(digest);
    const other = new Pair();
    expect(other.send("RESTORE", "k", "0", payload)).toBe("+OK");
    expect(other.send("DEBUG", "DIGEST-VALUE", "k")).toBe(digest);
    expect(other.dump("k")).toBe(payload);
  });

  test("is made again by replayed effects", () => {
    const pair = new Pair();
    for (const command of commands) pair.send(...command.split(" "));
    pair.node.effects.length = 0;
    pair.send("RESTORE", "again", FAR, pair.dump("k"), "ABSTTL");
    pair.send("RESTORE", "again", "100000", pair.dump("k"), "REPLACE");
    const copy = new Pair();
    copy.client.replay(pair.node.effects);
    pair.send("DEL", "k");
    expect(copy.send("DEBUG", "DIGEST")).toBe(pair.send("DEBUG", "DIGEST"));
    expect(copy.send("PEXPIRETIME", "again")).toBe(pair.send("PEXPIRETIME", "again"));
  });
});

test("DUMP of nothing is null", () => {
  expect(new Pair().send("DUMP", "k")).toBe("$-1");
});

test.each([
  ["RESTORE old 0 xxx", BUSY],
  ["RESTORE k x xxx", NO_INTEGER],
  ["RESTORE k -1 xxx", "-ERR Invalid TTL value, must be >= 0"],
  ["RESTORE k 99999999999999999999 xxx", NO_INTEGER],
  ["RESTORE k 0 xxx", FOREIGN],
  ["RESTORE k 9223372036854775807 xxx", FOREIGN],
  ["RESTORE old x xxx REPLACE", NO_INTEGER],
  ["RESTORE k 0 xxx IDLETIME 1 FREQ 1", SYNTAX],
  ["RESTORE k 0 xxx FREQ 1 IDLETIME 2", SYNTAX],
  ["RESTORE k 0 xxx FREQ 1 FREQ 2", FOREIGN],
  ["RESTORE k 0 xxx IDLETIME -1", "-ERR Invalid IDLETIME value, must be >= 0"],
  ["RESTORE k 0 xxx IDLETIME x", NO_INTEGER],
  ["RESTORE k 0 xxx IDLETIME", SYNTAX],
  ["RESTORE k 0 xxx FREQ 256", "-ERR Invalid FREQ value, must be >= 0 and <= 255"],
  ["RESTORE k 0 xxx FREQ -1", "-ERR Invalid FREQ value, must be >= 0 and <= 255"],
  ["RESTORE k 0 xxx foo", SYNTAX],
])("%s is answered %s", (request, reply) => {
  const pair = new Pair();
  pair.send("SET", "old", "v");
  expect(pair.send(...request.split(" "))).toBe(reply);
});

describe("a restored key", () => {
  const saved = new Pair();
  saved.send("RPUSH", "k", "v");
  const payload = saved.dump("k");

  test.each([
    [["0"], ":-1"],
    [["0", "ABSTTL"], ":-1"],
    [[FAR, "ABSTTL"], `:${FAR}`],
    [["9223372036854775807"], ":9007199254740991"],
    [["0", "REPLACE", "IDLETIME", "100"], ":-1"],
    [["0", "REPLACE", "FREQ", "100"], ":-1"],
  ])("with %j ends at %s", ([ttl = "", ...options], endsAt) => {
    const pair = new Pair();
    expect(pair.send("RESTORE", "k", ttl, payload, ...options)).toBe("+OK");
    expect(pair.send("PEXPIRETIME", "k")).toBe(endsAt);
  });

  test("keeps nothing of the key that it replaces", () => {
    const pair = new Pair();
    pair.send("SET", "k", "v", "EX", "100");
    expect(pair.send("RESTORE", "k", "0", payload, "REPLACE")).toBe("+OK");
    expect(pair.send("LRANGE", "k", "0", "-1")).toBe("*1\r\n$1\r\nv");
    expect(pair.send("TTL", "k")).toBe(":-1");
  });

  test("whose time has passed is not made, and the one it replaces goes", () => {
    const pair = new Pair();
    pair.send("SET", "k", "v");
    pair.node.effects.length = 0;
    expect(pair.send("RESTORE", "k", "1", payload, "ABSTTL", "REPLACE")).toBe("+OK");
    expect(pair.send("EXISTS", "k")).toBe(":0");
    expect(pair.node.effects).toEqual([["DEL", "k"]]);
    expect(pair.send("RESTORE", "k", "1", payload, "ABSTTL")).toBe("+OK");
    expect(pair.node.effects).toHaveLength(1);
  });

  test("was used as IDLETIME or FREQ says", () => {
    const pair = new Pair();
    pair.send("CONFIG", "SET", "maxmemory-policy", "allkeys-lru");
    pair.send("RESTORE", "k", "0", payload, "IDLETIME", "1000");
    expect(pair.send("OBJECT", "IDLETIME", "k")).toBe(":1000");
    pair.send("CONFIG", "SET", "maxmemory-policy", "allkeys-lfu");
    pair.send("RESTORE", "k", "0", payload, "REPLACE", "FREQ", "200");
    expect(pair.send("OBJECT", "FREQ", "k")).toBe(":200");
    pair.send("RENAME", "k", "renamed");
    expect(pair.send("OBJECT", "FREQ", "renamed")).toBe(":200");
    pair.send("MOVE", "renamed", "1");
    pair.send("SELECT", "1");
    expect(pair.send("OBJECT", "FREQ", "renamed")).toBe(":200");
  });

  test("is served to who waits for it", () => {
    const pair = new Pair();
    const waiting = pair.node.connect();
    expect(waiting.send("BLPOP k 0")).toBe("");
    pair.send("RESTORE", "k", "0", payload);
    expect(waiting.received()).toBe("*2 $1 k $1 v");
  });

  test("is announced, and that it replaced another", () => {
    const pair = new Pair();
    pair.send("CONFIG", "SET", "notify-keyspace-events", "KAnoc");
    pair.send("SET", "k", "v");
    const listener = pair.node.connect();
    listener.send("PSUBSCRIBE *");
    pair.send("RESTORE", "k", "0", payload, "REPLACE");
    pair.send("RESTORE", "k", "1", payload, "REPLACE", "ABSTTL");
    const events = [...listener.received().matchAll(/@0__:k \$\d+ (\w+)/g)];
    expect(events.map(([, event]) => event)).toEqual([
      ...["new", "restore", "overwritten", "type_changed", "del"],
    ]);
  });
});
