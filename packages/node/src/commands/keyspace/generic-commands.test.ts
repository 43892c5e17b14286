import { ascii } from "@slotcast/protocol";
import { describe, expect, test } from "vitest";
import { SocketlessNode } from "../socketless-node.ts";

// Goal: RENAME, COPY, MOVE, SWAPDB and OBJECT answer as Redis 7.0 does, move what they move whole, and tell who waits
// or watches. Replies and events were compared with redis-server 7.0.15.

const NO_KEY = "-ERR no such key";
const SAME = "-ERR source and destination objects are the same";
const NO_DATABASE = "-ERR DB index is out of range";
const NO_INTEGER = "-ERR value is not an integer or out of range";
const NO_INT = "-ERR value is out of range, value must between -2147483648 and 2147483647";

const CONVERSATIONS: readonly (readonly [sent: readonly string[], received: string])[] = [
  [["RENAME a b"], NO_KEY],
  [["RENAME a a"], NO_KEY],
  [["SET a 1", "RENAME a a", "RENAMENX a a"], "+OK +OK :0"],
  [["SET a 1", "RENAME a b", "GET b", "EXISTS a"], "+OK +OK $1 1 :0"],
  [["RPUSH a 1", "SET b 2", "RENAME a b", "TYPE b"], ":1 +OK +OK +list"],
  [["SET a 1 PXAT 99999999999999", "SET b 2", "RENAME a b"], "+OK +OK +OK"],
  [["SET a 1", "SET b 2 EX 100", "RENAME a b", "TTL b"], "+OK +OK +OK :-1"],
  [["SET a 1 PXAT 99999999999999", "RENAME a b", "PEXPIRETIME b"], "+OK +OK :99999999999999"],
  [["SET a 1", "SET b 2", "RENAMENX a b", "GET b"], "+OK +OK :0 $1 2"],
  [["SET a 1", "RENAMENX a b", "GET b"], "+OK :1 $1 1"],
  [["RENAMENX a b"], NO_KEY],
  [["COPY a b"], ":0"],
  [["COPY a b x"], "-ERR syntax error"],
  [["COPY a b DB"], "-ERR syntax error"],
  [["COPY a b DB x"], NO_INTEGER],
  [["COPY a b DB 99999999999"], NO_INT],
  [["COPY a b DB 16"], NO_DATABASE],
  [["COPY a b DB -1"], NO_DATABASE],
  [["COPY a a"], SAME],
  [["COPY a a DB 0"], SAME],
  [["SET a 1", "COPY a a DB 1", "SELECT 1", "GET a"], "+OK :1 +OK $1 1"],
  [["SET a 1", "COPY a b", "COPY a b", "COPY a b REPLACE"], "+OK :1 :0 :1"],
  [["SET a 1", "COPY a b db 4 replace DB 5", "SELECT 5", "GET b"], "+OK :1 +OK $1 1"],
  [["SET a 1 PXAT 99999999999999", "COPY a b", "PEXPIRETIME b"], "+OK :1 :99999999999999"],
  [["SET a 1", "SET b 2 EX 9", "COPY a b REPLACE", "TTL b"], "+OK +OK :1 :-1"],
  [["RPUSH a 1 2", "COPY a b", "RPUSH b 3", "LLEN a"], ":2 :1 :3 :2"],
  [["SADD a 1 2", "COPY a b", "SADD b x", "SCARD a"], ":2 :1 :1 :2"],
  [["MOVE a 0"], SAME],
  [["MOVE a 16"], NO_DATABASE],
  [["MOVE a x"], NO_INTEGER],
  [["MOVE a 5"], ":0"],
  [["SET a 1", "COPY a a DB 1", "MOVE a 1", "GET a"], "+OK :1 :0 $1 1"],
  [
    ["SET a 1 PXAT 99999999999999", "MOVE a 1", "EXISTS a", "SELECT 1", "PEXPIRETIME a"],
    "+OK :1 :0 +OK :99999999999999",
  ],
  [["SWAPDB a b"], "-ERR invalid first DB index"],
  [["SWAPDB 99999999999 0"], "-ERR invalid first DB index"],
  [["SWAPDB 0 b"], "-ERR invalid second DB index"],
  [["SWAPDB 0 16"], NO_DATABASE],
  [["SWAPDB -1 0"], NO_DATABASE],
  [["SET a 1", "SWAPDB 0 0", "GET a"], "+OK +OK $1 1"],
  [["SET a 1", "SWAPDB 0 3", "DBSIZE", "SELECT 3", "GET a"], "+OK +OK :0 +OK $1 1"],
  [
    ["SET a 1 PXAT 99999999999999", "SWAPDB 3 0", "SELECT 3", "PEXPIRETIME a"],
    "+OK +OK +OK :99999999999999",
  ],
  [
    ["SET a 1", "MOVE a 1", "SET b 2", "FLUSHDB", "DBSIZE", "SELECT 1", "DBSIZE"],
    "+OK :1 +OK +OK :0 +OK :1",
  ],
  [
    ["SET a 1", "MOVE a 1", "SET b 2", "FLUSHALL", "DBSIZE", "SELECT 1", "DBSIZE"],
    "+OK :1 +OK +OK :0 +OK :0",
  ],
];

test.each(CONVERSATIONS)("%j is answered %j", (sent, received) => {
  expect(new SocketlessNode().connect().send(...sent)).toBe(received);
});

test("INFO counts the keys of every database", () => {
  const client = new SocketlessNode().connect();
  client.send("SET a 1", "SET b 1 EX 100", "COPY a c DB 7");
  expect(client.send("INFO keyspace")).toContain(
    "db0:keys=2,expires=1,avg_ttl=0 db7:keys=1,expires=0,avg_ttl=0",
  );
});

describe("a client that waits for a key is served when it comes as", () => {
  test.each([
    ["RENAME", ["RPUSH other x", "RENAME other queue"]],
    ["RENAMENX", ["RPUSH other x", "RENAMENX other queue"]],
    ["COPY", ["RPUSH other x", "COPY other queue"]],
    ["SORT STORE", ["SADD other x", "SORT other ALPHA STORE queue"]],
    ["MOVE", ["SELECT 1", "RPUSH queue x", "MOVE queue 0"]],
    ["COPY DB", ["SELECT 1", "RPUSH other x", "COPY other queue DB 0"]],
    ["SWAPDB", ["SELECT 1", "RPUSH queue x", "SWAPDB 0 1"]],
  ])("%s", (_name, commands) => {
    const node = new SocketlessNode();
    const waiting = node.connect();
    expect(waiting.send("BLPOP queue 0")).toBe("");
    node.connect().send(...commands);
    expect(waiting.received()).toBe("*2 $5 queue $1 x");
  });

  test("a reader of a group is told when SWAPDB takes its stream away", () => {
    const node = new SocketlessNode();
    const reader = node.connect();
    reader.send("XGROUP CREATE s g $ MKSTREAM");
    expect(reader.send("XREADGROUP GROUP g c BLOCK 0 STREAMS s >")).toBe("");
    node.connect().send("SWAPDB 0 1");
    expect(reader.received()).toMatch(/^-NOGROUP /);
  });
});

describe("EXEC fails when a watched key was changed by", () => {
  test.each([
    ["RENAME of it", "RENAME a b", true],
    ["RENAME onto it", "RENAME c a", true],
    ["COPY onto it", "COPY c a REPLACE", true],
    ["COPY of it", "COPY a b", false],
    ["MOVE", "MOVE a 1", true],
    ["SWAPDB", "SWAPDB 0 1", true],
    ["SWAPDB of others", "SWAPDB 1 2", false],
    ["SORT onto it", "SORT nothing STORE a", true],
    ["RENAME to its own name", "RENAME a a", false],
  ])("%s", (_name, command, isChanged) => {
    const node = new SocketlessNode();
    const watcher = node.connect();
    watcher.send("SET a 1", "SET c 1", "WATCH a");
    node.connect().send(command);
    expect(watcher.send("MULTI", "PING", "EXEC")).toBe(
      `+OK +QUEUED ${isChanged ? "*-1" : "*1 +PONG"}`,
    );
  });
});

describe("events are those of redis-server 7.0, and of 8.2 for what was overwritten", () => {
  test.each([
    ["RENAME a b", ["@0 new b", "@0 rename_from a", "@0 rename_to b"]],
    [
      "RENAME a l",
      ["@0 new l", "@0 rename_from a", "@0 rename_to l", "@0 overwritten l", "@0 type_changed l"],
    ],
    ["RENAME a a", []],
    ["RENAMENX a l", []],
    ["COPY a b DB 2", ["@2 new b", "@2 copy_to b"]],
    ["COPY a c REPLACE", ["@0 new c", "@0 copy_to c", "@0 overwritten c"]],
    ["MOVE a 2", ["@2 new a", "@0 move_from a", "@2 move_to a"]],
    ["SWAPDB 0 1", []],
    ["SORT l STORE b", ["@0 new b", "@0 sortstore b"]],
    ["SORT l STORE a", ["@0 overwritten a", "@0 type_changed a", "@0 sortstore a"]],
    ["SORT nothing STORE a", ["@0 del a"]],
    ["SORT nothing STORE b", []],
  ])("%s: %j", (command, events) => {
    const node = new SocketlessNode("--notify-keyspace-events", "EAnoc");
    const client = node.connect();
    const listener = node.connect();
    client.send("SET a 1", "SET c 1", "RPUSH l 1");
    listener.send("PSUBSCRIBE *");
    client.send(command);
    const told = [...listener.received().matchAll(/__keyevent(@\d)__:(\w+) \$\d+ (\w+)/g)];
    expect(told.map(([, database, event, key]) => `${database} ${event} ${key}`)).toEqual(events);
  });
});

test.each([
  ["RENAME a b", ["RENAME a b"]],
  ["RENAME a a", []],
  ["RENAMENX a b", ["RENAME a b"]],
  ["RENAMENX a c", []],
  ["COPY a b", ["COPY a b REPLACE"]],
  ["COPY a b DB 2", ["COPY a b DB 2 REPLACE"]],
  ["COPY a c", []],
  ["MOVE a 2", ["MOVE a 2"]],
  ["MOVE nothing 2", []],
  ["SWAPDB 0 1", ["SWAPDB 0 1"]],
  ["SWAPDB 0 0", []],
  ["SORT l DESC STORE b", ["RPUSH b 2 1"]],
  ["SORT l STORE c", ["DEL c", "RPUSH c 1 2"]],
  ["SORT nothing STORE c", ["DEL c"]],
  ["SORT nothing STORE b", []],
])("the effects of %s are %j", (command, effects) => {
  const node = new SocketlessNode();
  const client = node.connect();
  client.send("SET a 1", "SET c 1", "RPUSH l 2 1");
  node.effects.length = 0;
  client.send(command);
  expect(node.effects.map((effect) => effect.join(" "))).toEqual(effects);
});

describe("OBJECT", () => {
  test.each([
    ["SET k 12345", "int"],
    ["SET k -9223372036854775808", "int"],
    ["SET k 9223372036854775808", "embstr"],
    ["SET k -0", "embstr"],
    [`SET k ${"x".repeat(44)}`, "embstr"],
    [`SET k ${"x".repeat(45)}`, "raw"],
    ["RPUSH k 1", "quicklist"],
    ["SADD k 1", "intset"],
    ["SADD k x", "hashtable"],
    ["XADD k * f v", "stream"],
  ])("ENCODING after %s is %s", (command, encoding) => {
    const client = new SocketlessNode().connect();
    client.send(command);
    expect(client.send("OBJECT ENCODING k")).toBe(`$${encoding.length} ${encoding}`);
  });

  test.each([
    ["0", 2_147_483_647],
    ["9999", 2_147_483_647],
    ["10000", 1],
    ["-1", 1],
    ["x", 1],
  ])("REFCOUNT of %s is %i", (text, references) => {
    const client = new SocketlessNode().connect();
    expect(client.send(`SET k ${text}`, "OBJECT REFCOUNT k")).toBe(`+OK :${references}`);
  });

  test.each(["ENCODING", "REFCOUNT", "FREQ", "IDLETIME"])("%s of nothing is null", (subcommand) => {
    expect(new SocketlessNode().connect().send(`OBJECT ${subcommand} k`)).toBe("$-1");
  });

  test("FREQ wants a policy that counts, IDLETIME one that does not", () => {
    const client = new SocketlessNode().connect();
    client.send("SET k v");
    expect(client.send("OBJECT FREQ k")).toMatch(/^-ERR An LFU maxmemory policy is not selected, /);
    expect(client.send("OBJECT IDLETIME k")).toBe(":0");
    client.send("CONFIG SET maxmemory-policy allkeys-lfu");
    expect(client.send("OBJECT FREQ k")).toMatch(/^:\d/);
    expect(client.send("OBJECT IDLETIME k")).toMatch(/^-ERR An LFU maxmemory policy is selected, /);
  });

  test("counts a hit or a miss, and is no use of the key", () => {
    const node = new SocketlessNode("--notify-keyspace-events", "Em");
    const client = node.connect();
    const listener = node.connect();
    listener.send("PSUBSCRIBE *");
    client.send("SET k v", "OBJECT ENCODING k", "OBJECT ENCODING nothing");
    expect(node.broker.keyspace.stats).toMatchObject({ hits: 1, misses: 1 });
    expect(listener.received()).toBe("");
  });
});

test("a group whose policy removes silent consumers does so under its new key too", () => {
  const node = new SocketlessNode();
  const client = node.connect();
  client.send("XGROUP CREATE s g $ MKSTREAM", "XGROUP SETPOLICY s g CONSUMERTTL 100", "RENAME s t");
  node.broker.keyspace
    .table(0)
    .peekStream(ascii("t"), 0)
    ?.groups.get(ascii("g"))
    ?.createConsumer(ascii("c"), 0);
  node.sweepConsumers();
  expect(client.send("XINFO CONSUMERS t g")).toBe("*0");
});
