import { expect, test } from "vitest";
import { DELIVERY_BYTES_PER_TURN_MAX } from "../../limits.ts";
import { SocketlessNode } from "../socketless-node.ts";

// Goal: MULTI, EXEC, DISCARD, WATCH and UNWATCH answer as Redis 7.0 does, and nothing of another client comes between
// the commands of a transaction. Replies were compared with redis-server 7.0.15; test/oracle does so with random ones.

const LONG = "x".repeat(900_000);
const ABORTED = "-EXECABORT Transaction discarded because of previous errors.";

/** What one client sends, and what comes back for all of it. */
const CONVERSATIONS: readonly (readonly [
  what: string,
  sent: readonly string[],
  received: string,
])[] = [
  ["executes in order", ["MULTI", "SET a 1", "INCR a", "EXEC"], "+OK +QUEUED +QUEUED *2 +OK :2"],
  ["an empty transaction", ["MULTI", "EXEC"], "+OK *0"],
  ["MULTI in MULTI", ["MULTI", "MULTI", "EXEC"], "+OK -ERR MULTI calls can not be nested *0"],
  ["WATCH in MULTI", ["MULTI", "WATCH a", "EXEC"], "+OK -ERR WATCH inside MULTI is not allowed *0"],
  ["EXEC alone", ["EXEC"], "-ERR EXEC without MULTI"],
  ["DISCARD alone", ["DISCARD"], "-ERR DISCARD without MULTI"],
  ["DISCARD", ["MULTI", "SET a 1", "DISCARD", "GET a"], "+OK +QUEUED +OK $-1"],
  [
    "an unknown command",
    ["MULTI", "NOSUCH", "SET a 1", "EXEC", "GET a"],
    `+OK -ERR unknown command 'NOSUCH', with args beginning with:  +QUEUED ${ABORTED} $-1`,
  ],
  [
    "a wrong arity",
    ["MULTI", "GET", "EXEC"],
    `+OK -ERR wrong number of arguments for 'get' command ${ABORTED}`,
  ],
  [
    "a command that is not allowed",
    ["MULTI", "SHUTDOWN", "EXEC"],
    `+OK -ERR Command not allowed inside a transaction ${ABORTED}`,
  ],
  [
    "a wrong arity of EXEC itself ends the transaction",
    ["MULTI", "EXEC x", "EXEC"],
    "+OK -EXECABORT Transaction discarded because of: wrong number of arguments for 'exec' command -ERR EXEC without MULTI",
  ],
  [
    "a command that fails is one reply of many",
    ["MULTI", "SET a x", "INCR a", "GET a", "EXEC"],
    "+OK +QUEUED +QUEUED +QUEUED *3 +OK -ERR value is not an integer or out of range $1 x",
  ],
  [
    "blocking commands time out at once",
    ["MULTI", "BLPOP q 0", "XREAD BLOCK 0 STREAMS s $", "EXEC"],
    "+OK +QUEUED +QUEUED *2 *-1 *-1",
  ],
  [
    "SELECT holds for what follows",
    ["MULTI", "SELECT 3", "SET a 1", "EXEC", "SELECT 0", "GET a"],
    "+OK +QUEUED +QUEUED *2 +OK +OK +OK $-1",
  ],
  [
    "SSUBSCRIBE is refused",
    ["MULTI", "SSUBSCRIBE ch", "EXEC"],
    "+OK +QUEUED *1 -ERR SSUBSCRIBE isn't allowed for a DENY BLOCKING client",
  ],
  [
    "CLIENT REPLY would break the array",
    ["MULTI", "CLIENT REPLY OFF", "EXEC", "PING"],
    "+OK +QUEUED *1 -ERR Command not allowed inside a transaction +PONG",
  ],
  [
    "a message to oneself comes after the array",
    ["MULTI", "SUBSCRIBE c", "PUBLISH c hi", "UNSUBSCRIBE c", "EXEC"],
    "+OK +QUEUED +QUEUED +QUEUED *3 *3 $9 subscribe $1 c :1 :1 *3 $11 unsubscribe $1 c :0 *3 $7 message $1 c $2 hi",
  ],
  ["RESET ends it", ["MULTI", "RESET", "EXEC"], "+OK +RESET -ERR EXEC without MULTI"],
  ["one's own change is a change", ["WATCH a", "SET a 1", "MULTI", "EXEC"], "+OK +OK +OK *-1"],
  ["UNWATCH forgets it", ["WATCH a", "SET a 1", "UNWATCH", "MULTI", "EXEC"], "+OK +OK +OK +OK *0"],
  [
    "so does DISCARD",
    ["WATCH a", "SET a 1", "MULTI", "DISCARD", "MULTI", "EXEC"],
    "+OK +OK +OK +OK +OK *0",
  ],
  [
    "so does EXEC",
    ["WATCH a", "SET a 1", "MULTI", "EXEC", "MULTI", "EXEC"],
    "+OK +OK +OK *-1 +OK *0",
  ],
  [
    "an error while queueing weighs more than a changed key",
    ["WATCH a", "SET a 1", "MULTI", "GET", "EXEC"],
    `+OK +OK +OK -ERR wrong number of arguments for 'get' command ${ABORTED}`,
  ],
];

test.each(CONVERSATIONS)("%s", (_, sent, received) => {
  expect(new SocketlessNode().connect().send(...sent)).toBe(received);
});

/** What another client does to the watched key `a`, which holds a string and ends in 100 s. */
const CHANGES: readonly (readonly [change: string, isChange: boolean])[] = [
  ["SET a 2", true],
  ["DEL a", true],
  ["EXPIRE a 50", true],
  ["INCR a", true],
  ["FLUSHALL", true],
  ["FLUSHDB", true],
  ["GET a", false],
  ["SET b 2", false],
  ["LPUSH a x", false],
];

test.each(CHANGES)(
  "after %s of another client the watched key counts as changed: %s",
  (change, isChange) => {
    const node = new SocketlessNode();
    const client = node.connect();
    client.send("SET a 1", "EXPIRE a 100", "WATCH a");
    node.connect().send(change);
    expect(client.send("MULTI", "PING", "EXEC")).toBe(
      isChange ? "+OK +QUEUED *-1" : "+OK +QUEUED *1 +PONG",
    );
  },
);

test("deleting what is not there, or emptying a database without it, is no change", () => {
  const node = new SocketlessNode();
  const client = node.connect();
  client.send("WATCH a");
  node.connect().send("DEL a", "FLUSHALL");
  expect(client.send("MULTI", "EXEC")).toBe("+OK *0");
});

test("a key is watched in its own database", () => {
  const node = new SocketlessNode();
  const client = node.connect();
  client.send("WATCH a");
  node.connect().send("SELECT 3", "SET a 1");
  expect(client.send("MULTI", "EXEC")).toBe("+OK *0");
});

test("nobody is told of changes once nobody watches", () => {
  const node = new SocketlessNode();
  const client = node.connect();
  const { hooks } = node.broker.keyspace;
  client.send("WATCH a b");
  expect(hooks.observer).toBeDefined();
  client.send("UNWATCH");
  expect(hooks.observer).toBeUndefined();
  expect(node.broker.watchedKeys.keyCount).toBe(0);
});

test("who waits is served after the whole transaction, and finds what it left", () => {
  const node = new SocketlessNode();
  const waiting = node.connect();
  waiting.send("BLPOP q 0");
  const client = node.connect();
  expect(client.send("MULTI", "LPUSH q a", "DEL q", "EXEC")).toBe("+OK +QUEUED +QUEUED *2 :1 :1");
  expect(waiting.received()).toBe("");
  expect(client.send("MULTI", "LPUSH q a b", "LLEN q", "EXEC")).toBe(
    "+OK +QUEUED +QUEUED *2 :2 :2",
  );
  expect(waiting.received()).toBe("*2 $1 q $1 b");
});

test("messages to oneself come after the array, though a turn cannot collect all of them", () => {
  const node = new SocketlessNode();
  const { hub } = node.broker;
  const [client, other] = [node.connect(), node.connect()];
  for (const subscriber of [client, other]) subscriber.send("HELLO 3", "SUBSCRIBE c");
  hub.writeShared(); // the end of the turn: from now on they share what is written
  const payloads = Array.from(
    { length: Math.ceil(DELIVERY_BYTES_PER_TURN_MAX / LONG.length) + 3 },
    (_, at) => `${at}${LONG}`,
  );
  client.send("MULTI", ...payloads.map((payload) => `PUBLISH c ${payload}`));
  const array = client.send("EXEC");
  hub.writeShared();
  const messages = payloads.map((payload) => ` >3 $7 message $1 c $${payload.length} ${payload}`);
  const expected = `*${payloads.length}${" :2".repeat(payloads.length)}${messages.join("")}`;
  // Not `toBe`: a difference of 16 MB would be shown.
  expect(`${array} ${client.received()}` === expected).toBe(true);
  expect(other.received() === messages.join("").trimStart()).toBe(true);
});

test("so do those that a subscription in between hands over", () => {
  const client = new SocketlessNode().connect();
  client.send("HELLO 3", "SUBSCRIBE c", "MULTI");
  for (const at of [1, 2, 3]) client.send(`PUBLISH c ${LONG}`, `SUBSCRIBE c${at}`);
  expect(client.send("EXEC")).toMatch(
    /^\*6 :1 >3 \$9 subscribe( [^ ]+){2} :2 :1 >3 \$9 subscribe /,
  );
});

test("a transaction above client-query-buffer-limit ends its connection", () => {
  const node = new SocketlessNode("--client-query-buffer-limit", "1mb");
  const client = node.connect();
  const value = "x".repeat(400_000);
  expect(client.send("MULTI", `SET a ${value}`, `SET a ${value}`)).toBe("+OK +QUEUED +QUEUED");
  client.send(`SET a ${value}`);
  expect(client.connection.isClosed).toBe(true);
  expect(node.broker.stats.queryLimitDisconnections).toBe(1);
});
