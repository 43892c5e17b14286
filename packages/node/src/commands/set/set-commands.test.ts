import * as fc from "fast-check";
import { describe, expect, test, vi } from "vitest";
import { SocketlessNode, type SocketlessClient } from "../socketless-node.ts";

// Goal: commands on sets answer as Redis 7.0 does, announce and record what they change, and nothing else. Replies
// and events were compared with redis-server 7.0.15, 20,000 random commands in both protocols.

const WRONG_TYPE = "-WRONGTYPE Operation against a key holding the wrong kind of value";
const SYNTAX = "-ERR syntax error";
const NO_INTEGER = "-ERR value is not an integer or out of range";
const NOT_POSITIVE = "-ERR value is out of range, must be positive";
const NO_CURSOR = "-ERR invalid cursor";
const NO_KEYS = "-ERR numkeys should be greater than 0";
const TOO_MANY_KEYS = "-ERR Number of keys can't be greater than number of args";
const NEGATIVE = "-ERR LIMIT can't be negative";

const CONVERSATIONS: readonly (readonly [sent: readonly string[], received: string])[] = [
  [["SADD s a b a", "SADD s b c", "SCARD s"], ":2 :1 :3"],
  [["SET str 1", "SADD str a"], `+OK ${WRONG_TYPE}`],
  [["SADD s 3 1 2 -10", "SMEMBERS s"], ":4 *4 $3 -10 $1 1 $1 2 $1 3"],
  [["SMEMBERS none"], "*0"],
  [["SADD s 1 a", "SREM s a 2", "SREM s a", "SREM none a"], ":2 :1 :0 :0"],
  [["SADD s 1 2", "SREM s 1 2 3", "EXISTS s"], ":2 :2 :0"],
  [["SADD s a", "SISMEMBER s a", "SISMEMBER s b", "SISMEMBER none a"], ":1 :1 :0 :0"],
  [["SADD s a 1", "SMISMEMBER s a b 1 01", "SMISMEMBER none a b"], ":2 *4 :1 :0 :1 :0 *2 :0 :0"],
  [
    ["SADD s 1", "OBJECT ENCODING s", "SADD s a", "OBJECT ENCODING s"],
    ":1 $6 intset :1 $9 hashtable",
  ],
  // SPOP and SRANDMEMBER
  [["SPOP none", "SPOP none 0", "SPOP none 1"], "$-1 *0 *0"],
  [["SPOP none x", "SPOP none -1", "SPOP none 1 2"], `${NOT_POSITIVE} ${NOT_POSITIVE} ${SYNTAX}`],
  [["SADD s a", "SPOP s 0", "SPOP s", "EXISTS s"], ":1 *0 $1 a :0"],
  [["SADD s 2 1 3", "SPOP s 9223372036854775807", "EXISTS s"], ":3 *3 $1 1 $1 2 $1 3 :0"],
  [["SRANDMEMBER none", "SRANDMEMBER none 2", "SRANDMEMBER none -2"], "$-1 *0 *0"],
  [
    ["SADD s a", "SRANDMEMBER s", "SRANDMEMBER s 0", "SRANDMEMBER s -3"],
    ":1 $1 a *0 *3 $1 a $1 a $1 a",
  ],
  [["SADD s 2 1", "SRANDMEMBER s 5", "SCARD s"], ":2 *2 $1 1 $1 2 :2"],
  [["SRANDMEMBER none x", "SRANDMEMBER none 1 2"], `${NO_INTEGER} ${SYNTAX}`],
  [
    ["SRANDMEMBER none -9223372036854775808"],
    "-ERR value is out of range, value must between -9223372036854775807 and 9223372036854775807",
  ],
  // SMOVE
  [["SADD s a", "SMOVE s t a", "SMEMBERS t", "EXISTS s"], ":1 :1 *1 $1 a :0"],
  [["SADD s a", "SADD t a b", "SMOVE s t a", "SCARD t"], ":1 :2 :1 :2"],
  [["SADD s a", "SMOVE s t b", "EXISTS t"], ":1 :0 :0"],
  [["SADD s a", "SMOVE s s a", "SMOVE s s b", "SCARD s"], ":1 :1 :0 :1"],
  [["SET str 1", "SMOVE none str a"], "+OK :0"],
  [
    ["SET str 1", "SADD s a", "SMOVE s str b", "SMOVE str s a"],
    `+OK :1 ${WRONG_TYPE} ${WRONG_TYPE}`,
  ],
  // combinations
  [
    ["SADD a 1 2 3", "SADD b 2 3 4", "SINTER a b", "SINTER a none", "SINTER a"],
    ":3 :3 *2 $1 2 $1 3 *0 *3 $1 1 $1 2 $1 3",
  ],
  [["SADD a 3 1", "SADD b 2", "SUNION a none b", "SUNION none"], ":2 :1 *3 $1 1 $1 2 $1 3 *0"],
  [
    ["SADD a 3 1 2", "SADD b 2", "SDIFF a none b", "SDIFF a a", "SDIFF none a"],
    ":3 :1 *2 $1 1 $1 3 *0 *0",
  ],
  [
    ["SET str 1", "SINTER none str", "SUNION none str", "SDIFF none str"],
    `+OK ${WRONG_TYPE} ${WRONG_TYPE} ${WRONG_TYPE}`,
  ],
  [["SADD a 1 2", "SADD b 2 3", "SINTERSTORE d a b", "SMEMBERS d"], ":2 :2 :1 *1 $1 2"],
  [["SADD a 1 2", "SADD b 2 3", "SUNIONSTORE a a b", "SMEMBERS a"], ":2 :2 :3 *3 $1 1 $1 2 $1 3"],
  [["SADD a 1 2", "SDIFFSTORE a a a", "EXISTS a"], ":2 :0 :0"],
  [["SET d 1 EX 100", "SADD a 1", "SUNIONSTORE d a", "TTL d", "TYPE d"], "+OK :1 :1 :-1 +set"],
  [["SET d 1", "SINTERSTORE d none", "EXISTS d"], "+OK :0 :0"],
  [["SET str 1", "SADD d 1", "SINTERSTORE d none str", "SCARD d"], `+OK :1 ${WRONG_TYPE} :1`],
  // cardinalities
  [["SADD a 1 2 3", "SADD b 2 3 4", "SINTERCARD 2 a b", "SINTERCARD 2 a none"], ":3 :3 :2 :0"],
  [["SADD a 1 2 3", "SINTERCARD 1 a LIMIT 2", "SINTERCARD 1 a limit 1 limit 0"], ":3 :2 :3"],
  [["SINTERCARD 0 a", "SINTERCARD x a", "SINTERCARD -1 a"], `${NO_KEYS} ${NO_KEYS} ${NO_KEYS}`],
  [["SINTERCARD 2 a", "SINTERCARD 9223372036854775807 a"], `${TOO_MANY_KEYS} ${TOO_MANY_KEYS}`],
  [
    ["SINTERCARD 1 a LIMIT", "SINTERCARD 1 a b", "SINTERCARD 1 a APPROX"],
    `${SYNTAX} ${SYNTAX} ${SYNTAX}`,
  ],
  [["SET a 1", "SINTERCARD 1 a LIMIT -1", "SINTERCARD 1 a LIMIT x"], `+OK ${NEGATIVE} ${NEGATIVE}`],
  [["SADD a 1 2 x", "SADD b 2 y", "SUNIONCARD 2 a b", "SUNIONCARD 3 a b none"], ":3 :2 :4 :4"],
  [
    ["SADD a 1 2 x", "SUNIONCARD 1 a", "SUNIONCARD 1 none", "SUNIONCARD 1 a LIMIT 2"],
    ":3 :3 :0 :2",
  ],
  [
    ["SADD a 1 2 x", "SADD b y", "SUNIONCARD 2 a b LIMIT 3 APPROX", "SUNIONCARD 2 a b approx"],
    ":3 :1 :3 :4",
  ],
  [
    ["SUNIONCARD 0 a", "SUNIONCARD 2 a", "SUNIONCARD 1 a LIMIT -1"],
    `${NO_KEYS} ${TOO_MANY_KEYS} ${NEGATIVE}`,
  ],
  [
    ["SADD a 1 2 x", "SADD b 2 y", "SDIFFCARD 2 a b", "SDIFFCARD 2 b none", "SDIFFCARD 2 none a"],
    ":3 :2 :2 :2 :0",
  ],
  [
    ["SADD a 1 2 x", "SDIFFCARD 1 a LIMIT 2", "SDIFFCARD 2 a a", "SDIFFCARD 1 a APPROX"],
    `:3 :2 :0 ${SYNTAX}`,
  ],
  [["SET a 1", "SDIFFCARD 2 b a", "SUNIONCARD 1 a"], `+OK ${WRONG_TYPE} ${WRONG_TYPE}`],
  // SSCAN
  [
    ["SADD s 2 1", "SSCAN s 0", "SSCAN s 5 COUNT 1"],
    ":2 *2 $1 0 *2 $1 1 $1 2 *2 $1 0 *2 $1 1 $1 2",
  ],
  [["SADD s 1 a b", "SSCAN s 0 MATCH [a-c] COUNT 100"], ":3 *2 $1 0 *2 $1 a $1 b"],
  [["SADD s 1", "SSCAN s 0 match * count 5 match 2 count 1"], ":1 *2 $1 0 *0"],
  [["SSCAN none 7", "SSCAN none x", "SSCAN none 0 nonsense"], `*2 $1 0 *0 ${NO_CURSOR} *2 $1 0 *0`],
  [
    ["SADD s 1", "SSCAN s 0 TYPE set", "SSCAN s 0 MATCH", "SSCAN s 0 x 1"],
    `:1 ${SYNTAX} ${SYNTAX} ${SYNTAX}`,
  ],
  [["SADD s 1", "SSCAN s 0 COUNT 0", "SSCAN s 0 COUNT x"], `:1 ${SYNTAX} ${NO_INTEGER}`],
  [["SET s 1", "SSCAN s 0", "SSCAN s x"], `+OK ${WRONG_TYPE} ${NO_CURSOR}`],
];

describe("a conversation", () => {
  test.each(CONVERSATIONS)("%j is answered %j", (sent, received) => {
    expect(new SocketlessNode().connect().send(...sent)).toBe(received);
  });

  test("of RESP3 gives sets as sets, and what may hold a member twice as arrays", () => {
    const client = new SocketlessNode().connect();
    client.send("HELLO 3", "SADD a 1 2", "SADD b 1");
    expect(
      client.send("SMEMBERS a", "SINTER a b", "SUNION a b", "SDIFF a b", "SMEMBERS none"),
    ).toBe("~2 $1 1 $1 2 ~1 $1 1 ~2 $1 1 $1 2 ~1 $1 2 ~0");
    expect(client.send("SRANDMEMBER a 5", "SRANDMEMBER none", "SPOP none", "SPOP none 1")).toBe(
      "*2 $1 1 $1 2 _ _ ~0",
    );
    expect(client.send("SMISMEMBER a 1", "SPOP a 0", "SPOP a 2")).toBe("*1 :1 ~0 ~2 $1 1 $1 2");
  });

  test("about CONFIG SET set-max-intset-entries counts for the sets that grow from then on", () => {
    const client = new SocketlessNode().connect();
    client.send("SADD old 1 2 3", "CONFIG SET set-max-intset-entries 2", "SADD new 1 2");
    expect(client.send("OBJECT ENCODING old", "OBJECT ENCODING new")).toBe("$6 intset $6 intset");
    client.send("SADD old 4", "SADD new 3");
    expect(client.send("OBJECT ENCODING old", "OBJECT ENCODING new")).toBe(
      "$9 hashtable $9 hashtable",
    );
  });
});

/** The events that a request makes, as `event:key`. */
function eventsOf(request: string): string[] {
  const node = new SocketlessNode("--notify-keyspace-events", "EAoc");
  const listener = node.connect();
  const client = node.connect();
  client.send("SADD s 1 2 3", "SADD t 3", "SET str x");
  listener.send("PSUBSCRIBE __keyevent@0__:*");
  client.send(request);
  const events = listener.received().matchAll(/__keyevent@0__:(\w+) \$\d+ (\w+)/g);
  return [...events].map(([, event, key]) => `${event}:${key}`);
}

test.each([
  ["SADD s 1", []],
  ["SADD s 9 1", ["sadd:s"]],
  ["SREM s 9", []],
  ["SREM s 1 9", ["srem:s"]],
  ["SREM t 3", ["srem:t", "del:t"]],
  ["SPOP s", ["spop:s"]],
  ["SPOP t", ["spop:t", "del:t"]],
  ["SPOP s 0", []],
  ["SPOP s 2", ["spop:s"]],
  ["SPOP s 3", ["spop:s", "del:s"]],
  ["SMOVE s t 1", ["srem:s", "sadd:t"]],
  ["SMOVE s t 3", ["srem:s"]],
  ["SMOVE t u 3", ["srem:t", "del:t", "sadd:u"]],
  ["SMOVE s s 1", []],
  ["SINTERSTORE d s t", ["sinterstore:d"]],
  ["SUNIONSTORE str s t", ["overwritten:str", "type_changed:str", "sunionstore:str"]],
  ["SDIFFSTORE s s none", ["overwritten:s", "sdiffstore:s"]],
  ["SDIFFSTORE t t s", ["del:t"]],
  ["SINTERSTORE d s none", []],
])("%s announces %j", (request, events) => {
  expect(eventsOf(request)).toEqual(events);
});

function contents(client: SocketlessClient): string {
  const keys = ["s", "t", "u", "d"];
  return keys.map((key) => client.send(`SUNION ${key}`).split(" ").toSorted().join(" ")).join("; ");
}

const name = fc.constantFrom("s", "t", "u", "d");
const member = fc.oneof(fc.nat(20).map(String), fc.constantFrom("a", "b", "c"));
const change = fc.oneof(
  fc
    .tuple(fc.constantFrom("SADD", "SADD", "SREM"), name, member, member)
    .map((words) => words.join(" ")),
  fc.tuple(fc.constant("SPOP"), name).map((words) => words.join(" ")),
  fc.tuple(fc.constant("SPOP"), name, fc.nat(6)).map((words) => words.join(" ")),
  fc.tuple(fc.constant("SMOVE"), name, name, member).map((words) => words.join(" ")),
  fc
    .tuple(fc.constantFrom("SINTERSTORE", "SUNIONSTORE", "SDIFFSTORE"), name, name, name)
    .map((words) => words.join(" ")),
);

test("what was recorded of any changes makes the same sets on an empty node", () => {
  fc.assert(
    fc.property(fc.array(change, { maxLength: 60, size: "max" }), (changes) => {
      const node = new SocketlessNode();
      const client = node.connect();
      client.send(...changes);
      const replayed = new SocketlessNode().connect();
      replayed.send(...node.effects.map((effect) => effect.join(" ")));
      expect(contents(replayed)).toBe(contents(client));
    }),
  );
});

test.each([
  "SADD s 1",
  "SREM s 9",
  "SPOP none",
  "SPOP s 0",
  "SMOVE s s 1",
  "SMOVE s t 9",
  "SINTERSTORE d s none",
])("%s changes nothing and records nothing", (request) => {
  const node = new SocketlessNode();
  const client = node.connect();
  client.send("SADD s 1 2", "SADD t 3");
  const before = node.effects.length;
  client.send(request);
  expect(node.effects).toHaveLength(before);
});

describe("a large set", () => {
  const COUNT = 3000;

  function fill(client: SocketlessClient): void {
    for (let first = 0; first < COUNT; first += 1000) {
      const members = Array.from({ length: 1000 }, (_, index) => `m${first + index}`);
      client.send(`SADD s ${members.join(" ")}`);
    }
  }

  function membersIn(reply: string): string[] {
    return reply.split(" ").filter((word) => word.startsWith("m"));
  }

  test("is scanned to its end, each member once", () => {
    const client = new SocketlessNode().connect();
    fill(client);
    const found: string[] = [];
    let cursor = "0";
    do {
      const reply = client.send(`SSCAN s ${cursor} COUNT 50`);
      cursor = reply.split(" ")[2] ?? "";
      found.push(...membersIn(reply));
    } while (cursor !== "0");
    expect(found).toHaveLength(COUNT);
    expect(new Set(found).size).toBe(COUNT);
    expect(client.send("SSCAN s 18446744073709551615", "SSCAN s -1")).toBe("*2 $1 0 *0 *2 $1 0 *0");
  });

  test.each([1, 20, 1500, 2999])("gives %i different members at random", (count) => {
    const client = new SocketlessNode().connect();
    fill(client);
    const members = membersIn(client.send(`SRANDMEMBER s ${count}`));
    expect(members).toHaveLength(count);
    expect(new Set(members).size).toBe(count);
    const popped = membersIn(client.send(`SPOP s ${count}`));
    expect(new Set(popped).size).toBe(count);
    expect(client.send("SCARD s")).toBe(`:${COUNT - count}`);
    expect(client.send(`SMISMEMBER s ${popped.join(" ")}`)).not.toContain(":1");
  });

  test("that is popped in part is recorded in SREMs that a request can hold", () => {
    const node = new SocketlessNode();
    const client = node.connect();
    fill(client);
    const before = node.effects.length;
    client.send("SPOP s 2500");
    const effects = node.effects.slice(before);
    expect(effects.map(([command, key, ...members]) => [command, key, members.length])).toEqual([
      ["SREM", "s", 1024],
      ["SREM", "s", 1024],
      ["SREM", "s", 452],
    ]);
  });

  test("is combined with another as a small one is", () => {
    const client = new SocketlessNode().connect();
    fill(client);
    client.send("SADD few m1 m2 x", "SADD other y");
    expect(client.send("SINTERCARD 2 s few", "SUNIONCARD 2 s few", "SDIFFCARD 2 s few")).toBe(
      `:2 :${COUNT + 1} :${COUNT - 2}`,
    );
    // So many small sets that they are removed from a copy.
    expect(client.send("SDIFFSTORE d s few other other other", "SCARD d", "SCARD s")).toBe(
      `:${COUNT - 2} :${COUNT - 2} :${COUNT}`,
    );
    expect(client.send("SISMEMBER d m1", "SISMEMBER d m3")).toBe(":0 :1");
  });
});

test("SRANDMEMBER ends when its reply closes the client", () => {
  const client = new SocketlessNode().connect();
  client.send("SADD s a");
  const { connection } = client;
  const spill = vi.spyOn(connection, "spill").mockImplementation(() => {
    connection.destroy();
  });
  client.send("SRANDMEMBER s -1000000");
  expect(spill).toHaveBeenCalledTimes(1);
});
