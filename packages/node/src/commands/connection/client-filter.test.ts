import { beforeEach, describe, expect, test, vi } from "vitest";
import { SocketlessNode, type SocketlessClient } from "../socketless-node.ts";

// Goal: CLIENT LIST and CLIENT KILL choose by the options of Redis 7.4 and Valkey 9.0. Errors of Redis 7.0 forms are
// in client-commands.test.ts.

let node: SocketlessNode;
let me: SocketlessClient;
let worker: SocketlessClient;
let subscriber: SocketlessClient;

beforeEach(() => {
  node = new SocketlessNode();
  me = node.connect();
  worker = node.connect();
  subscriber = node.connect();
  me.send("CLIENT SETNAME me");
  worker.send(
    "SELECT 3",
    "CLIENT SETINFO lib-name redis-py",
    "CLIENT SETINFO lib-ver 5.0",
    "MULTI",
  );
  subscriber.send("CLIENT SETNAME sub", "CLIENT CAPA redirect", "SUBSCRIBE a");
});

/** The ids that CLIENT LIST shows. */
function listed(options: string): string[] {
  const reply = me.send(`CLIENT LIST ${options}`);
  expect(reply).toMatch(/^\$/);
  return [...reply.matchAll(/(?:^|\s)id=(\d+) /g)].map(([, id = ""]) => id);
}

describe("CLIENT LIST", () => {
  test.each([
    ["NAME me", ["1"]],
    ["NOT-NAME me", ["2", "3"]],
    ["LIB-NAME redis-py", ["2"]],
    ["NOT-LIB-NAME redis-py", ["1", "3"]],
    ["LIB-VER 5.0", ["2"]],
    ["NOT-LIB-VER 5.0", ["1", "3"]],
    ["DB 3", ["2"]],
    ["NOT-DB 3", ["1", "3"]],
    ["TYPE pubsub", ["3"]],
    ["NOT-TYPE pubsub", ["1", "2"]],
    ["FLAGS N", ["1"]],
    ["FLAGS x", ["2"]],
    ["NOT-FLAGS x", ["1", "3"]],
    ["FLAGS Px", []],
    ["CAPA r", ["3"]],
    ["NOT-CAPA r", ["1", "2"]],
    ["USER default", ["1", "2", "3"]],
    ["NOT-USER default", []],
    ["ADDR ?:0", ["1", "2", "3"]],
    ["NOT-ADDR ?:0", []],
    ["LADDR ?:0", ["1", "2", "3"]],
    ["NOT-LADDR ?:0", []],
    ["IP 10.0.0.1", []],
    ["NOT-IP 10.0.0.1", ["1", "2", "3"]],
    ["SKIPME yes", ["2", "3"]],
    ["SKIPME no", ["1", "2", "3"]],
    ["ID 3 99 1", ["3", "1"]],
    ["ID 3 ID 1", ["3", "1"]],
    ["NOT-ID 3 1", ["2"]],
    ["ID 3 2 TYPE normal", ["2"]],
    ["NAME sub TYPE normal", []],
    // The last one of an option counts.
    ["NAME me NAME sub", ["3"]],
  ])("%s", (options, ids) => {
    expect(listed(options)).toEqual(ids);
  });

  test("MAXAGE and IDLE want at least so many seconds", () => {
    const nowMs = Date.now();
    vi.setSystemTime(nowMs + 60_000);
    worker.send("GET a");
    node.connect();
    expect(listed("MAXAGE 59")).toEqual(["1", "2", "3"]);
    expect(listed("MAXAGE 70")).toEqual([]);
    expect(listed("IDLE 59")).toEqual(["3"]);
    vi.useRealTimers();
  });

  test.each([
    ["MAXAGE x", "-ERR maxage is not an integer or out of range"],
    ["MAXAGE 0", "-ERR maxage should be greater than 0"],
    ["IDLE -1", "-ERR idle should be greater than 0"],
    ["FLAGS NZ", "-ERR Unknown flags found in the provided filter: NZ"],
    ["NOT-FLAGS Q", "-ERR Unknown flags found in the NOT-FLAGS filter: Q"],
    ["CAPA rx", "-ERR Unknown capa found in the provided filter: rx"],
    ["NOT-CAPA x", "-ERR Unknown capa found in the NOT-CAPA filter: x"],
    ["DB x", "-ERR DB is not an integer or out of range"],
    ["DB 16", "-ERR DB number should be between 0 and 15"],
    ["NOT-DB -1", "-ERR NOT-DB number should be between 0 and 15"],
    ["USER bob", "-ERR No such user 'bob'"],
    ["NOT-USER bob", "-ERR No such user 'bob'"],
    ["NOT-TYPE foo", "-ERR Unknown client type 'foo'"],
    ["SKIPME maybe", "-ERR syntax error"],
    ["NOT-SKIPME yes", "-ERR syntax error"],
    ["NOT-MAXAGE 1", "-ERR syntax error"],
    ["NOT-constructor 1", "-ERR syntax error"],
    ["NAME", "-ERR syntax error"],
    ["NAME me NAME", "-ERR syntax error"],
    // As Redis 7.0, where only ids follow ID.
    ["ID 1 foo", "-ERR Invalid client ID"],
    ["ID 1 TYPE", "-ERR Invalid client ID"],
    ["NOT-ID x", "-ERR Invalid client ID"],
  ])("%s is answered %s", (options, reply) => {
    expect(me.send(`CLIENT LIST ${options}`)).toBe(reply);
  });
});

describe("CLIENT KILL", () => {
  test.each([
    ["NAME sub", [3]],
    ["NOT-NAME sub", [2]],
    ["FLAGS x", [2]],
    ["LIB-NAME redis-py DB 3", [2]],
    ["ID 1 2 3", [2, 3]],
    ["ID 2 SKIPME no ID 3", [2, 3]],
    ["CAPA r", [3]],
    ["NOT-ID 2", [3]],
    ["SKIPME yes", [2, 3]],
    ["MAXAGE 1000", []],
  ])("%s kills exactly %j", (options, ids) => {
    expect(me.send(`CLIENT KILL ${options}`)).toBe(`:${ids.length}`);
    const closed = [worker, subscriber].filter(({ connection }) => connection.isClosed);
    expect(closed.map(({ connection }) => connection.id)).toEqual(ids);
    expect(me.send("PING")).toBe("+PONG");
  });

  test.each([
    ["ID 10 wrong_arg", "-ERR syntax error"],
    ["ID 1 0", "-ERR client-id should be greater than 0"],
    ["NOT-ID -1", "-ERR client-id should be greater than 0"],
    ["MAXAGE 9999999999999999999", "-ERR maxage is not an integer or out of range"],
  ])("%s is answered %s", (options, reply) => {
    expect(me.send(`CLIENT KILL ${options}`)).toBe(reply);
  });
});

test("CLIENT LIST shows what a client watches, and whether it was touched", () => {
  worker.send("DISCARD", "WATCH a b");
  expect(me.send("CLIENT LIST ID 2")).toMatch(/ flags=N .* multi=-1 watch=2 /);
  worker.send("MULTI", "PING");
  me.send("SELECT 3", "SET a 1");
  expect(me.send("CLIENT LIST ID 2")).toMatch(/ flags=xd .* multi=1 watch=2 /);
});
