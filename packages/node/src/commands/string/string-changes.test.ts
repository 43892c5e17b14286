import { ascii, EMPTY } from "@slotcast/protocol";
import { describe, expect, test } from "vitest";
import { SocketlessNode } from "../socketless-node.ts";

// Goal: what strings and expiries tell: the keyspace events of redis-server 7.0.15 (8.2 for `overwritten`), and effects that
// make the same keys elsewhere. Before each command there are: s, which holds 5; t, which holds hello and ends in 5138;
// l, a list; x, a string whose time has come.

const SETUP = [
  "SET s 5",
  "SET t hello PXAT 99999999999999",
  "RPUSH l 1",
  "SET x old PXAT 1",
] as const;
const HELLO = "9555e8555c62dcfd";

interface Told {
  readonly events: readonly string[];
  readonly effects: readonly string[];
}

const nothing: Told = { events: [], effects: [] };
const TABLE: readonly (readonly [command: string, told: Told])[] = [
  ["SET n 1", { events: ["new n", "set n"], effects: ["SET n 1"] }],
  ["SET s 1", { events: ["overwritten s", "set s"], effects: ["SET s 1"] }],
  ["SET l 1", { events: ["overwritten l", "type_changed l", "set l"], effects: ["SET l 1"] }],
  ["SET x 1", { events: ["expired x", "new x", "set x"], effects: ["DEL x", "SET x 1"] }],
  [
    "SET n 1 PXAT 99999999999999 NX GET",
    {
      events: ["keymiss n", "new n", "set n", "expire n"],
      effects: ["SET n 1 PXAT 99999999999999"],
    },
  ],
  ["SET t 1 KEEPTTL XX", { events: ["overwritten t", "set t"], effects: ["SET t 1 KEEPTTL"] }],
  ["SET s 1 NX", nothing],
  ["SET s 1 IFEQ 4", nothing],
  ["SET s 1 IFEQ 5", { events: ["overwritten s", "set s"], effects: ["SET s 1"] }],
  ["SETNX s 1", nothing],
  ["SETNX n 1", { events: ["new n", "set n"], effects: ["SET n 1"] }],
  ["GETSET s 1", { events: ["overwritten s", "set s"], effects: ["SET s 1"] }],
  ["GETDEL s", { events: ["del s"], effects: ["DEL s"] }],
  ["GETDEL n", { events: ["keymiss n"], effects: [] }],
  ["GETEX s", nothing],
  ["GETEX t PERSIST", { events: ["persist t"], effects: ["PERSIST t"] }],
  ["GETEX s PERSIST", nothing],
  ["GETEX s EXAT 99999999999", { events: ["expire s"], effects: ["PEXPIREAT s 99999999999000"] }],
  ["GETEX s EXAT 1", { events: ["del s"], effects: ["DEL s"] }],
  ["GET x", { events: ["expired x", "keymiss x"], effects: ["DEL x"] }],
  [
    "MSET n 1 s 2",
    { events: ["new n", "set n", "overwritten s", "set s"], effects: ["SET n 1", "SET s 2"] },
  ],
  ["MSETNX n 1 s 2", nothing],
  [
    "MSETEX 2 n 1 x 2 PXAT 99999999999999",
    {
      events: ["new n", "set n", "expire n", "expired x", "new x", "set x", "expire x"],
      effects: ["SET n 1 PXAT 99999999999999", "DEL x", "SET x 2 PXAT 99999999999999"],
    },
  ],
  ["MSETEX 2 n 1 s 2 NX", nothing],
  ["APPEND n 1", { events: ["new n", "append n"], effects: ["APPEND n 1"] }],
  ["APPEND t 1", { events: ["append t"], effects: ["APPEND t 1"] }],
  ["SETRANGE t 1 ipp", { events: ["setrange t"], effects: ["SETRANGE t 1 ipp"] }],
  ["SETRANGE t 1 ", nothing],
  ["INCR s", { events: ["incrby s"], effects: ["INCR s"] }],
  ["DECRBY n 3", { events: ["new n", "incrby n"], effects: ["DECRBY n 3"] }],
  ["INCR t", nothing],
  ["INCRBYFLOAT s .5", { events: ["incrbyfloat s"], effects: ["SET s 5.5 KEEPTTL"] }],
  ["DELEX l", { events: ["del l"], effects: ["DEL l"] }],
  ["DELEX s IFNE 5", nothing],
  [`DELEX t IFDEQ ${HELLO}`, { events: ["del t"], effects: ["DEL t"] }],
  ["DELIFEQ s 5", { events: ["del s"], effects: ["DEL s"] }],
  ["EXPIREAT l 99999999999", { events: ["expire l"], effects: ["PEXPIREAT l 99999999999000"] }],
  ["PEXPIREAT t 1 LT", { events: ["del t"], effects: ["DEL t"] }],
  ["EXPIRE t 5 GT", nothing],
  ["EXPIRE x 100", { events: ["expired x"], effects: ["DEL x"] }],
  ["PERSIST t", { events: ["persist t"], effects: ["PERSIST t"] }],
  ["PERSIST s", nothing],
  ["UNLINK s n l", { events: ["del s", "del l"], effects: ["UNLINK s n l"] }],
  ["DEL x", { events: ["expired x"], effects: ["DEL x"] }],
  ["TOUCH s n", { events: ["keymiss n"], effects: [] }],
];

describe("with all events on", () => {
  test.each(TABLE)("%s tells %j", (command, told) => {
    const node = new SocketlessNode("--notify-keyspace-events", "EAmnoc");
    const [client, listener] = [node.connect(), node.connect()];
    client.send(...SETUP);
    node.effects.length = 0;
    listener.send("PSUBSCRIBE *");
    client.send(command);
    const events = [...listener.received().matchAll(/__keyevent@0__:(\w+) \$\d+ (\w+)/g)];
    expect({
      events: events.map(([, event, key]) => `${event} ${key}`),
      effects: node.effects.map((effect) => effect.join(" ")),
    }).toEqual(told);
  });
});

test.each(TABLE)("the effects of %s make the same keys on another node", (command) => {
  const [here, there] = [new SocketlessNode(), new SocketlessNode()];
  const [client, copy] = [here.connect(), there.connect()];
  client.send(...SETUP, command);
  copy.replay(here.effects);
  // Where time is asked for: the key that has expired went by an effect, or goes by itself.
  const look = ["s", "t", "l", "x", "n"].flatMap((key) => [`DUMP ${key}`, `PEXPIRETIME ${key}`]);
  expect(copy.send(...look)).toBe(client.send(...look));
});

test("a value and a key do not keep the request that they came in", () => {
  const node = new SocketlessNode();
  const client = node.connect();
  const long = "v".repeat(100);
  client.send(`SET ${long} ${long}`, `APPEND a-${long} ${long}`, `APPEND a-${long} ${long}`);
  const keys = node.broker.keyspace.table(0);
  expect(keys.peek(ascii(`a-${long}`), 0) ?? EMPTY).toBe(long + long);
  expect([...keys.keys()]).toEqual([long, `a-${long}`]);
});
