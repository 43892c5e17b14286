import { beforeEach, describe, expect, test } from "vitest";
import { SocketlessNode, type SocketlessClient } from "./commands/socketless-node.ts";

// Goal: a monitor sees what redis-server 7.0.15 shows, in its order; nobody pays while nobody looks.

let node: SocketlessNode;
let monitor: SocketlessClient;
let client: SocketlessClient;

beforeEach(() => {
  node = new SocketlessNode();
  monitor = node.connect();
  client = node.connect();
  expect(monitor.send("MONITOR")).toBe("+OK");
});

/** What the monitor was shown, without the time: `[0 ?:0] "GET" "a"`. */
function shown(): string[] {
  const lines = monitor.received().split(/ ?\+(?=\d{10}\.\d{6} )/);
  return lines.filter((line) => line !== "").map((line) => line.replace(/^\d{10}\.\d{6} /, ""));
}

test("a line has the time, the database, the address and the arguments as sent", () => {
  client.send("SET foo bar", "SELECT 2", "get FOO");
  expect(shown()).toEqual([
    '[0 ?:0] "SET" "foo" "bar"',
    '[2 ?:0] "SELECT" "2"',
    '[2 ?:0] "get" "FOO"',
  ]);
});

test("a transaction is shown when it runs, EXEC last, also when it is discarded because of an error", () => {
  client.send("MULTI", "SET a 1", "CONFIG GET port", "EXEC", "MULTI", "DISCARD", "EXEC");
  expect(shown().map((line) => line.slice("[0 ?:0] ".length))).toEqual([
    '"MULTI"',
    '"SET" "a" "1"',
    '"EXEC"',
    '"MULTI"',
    '"DISCARD"',
    '"EXEC"',
  ]);
  client.send("MULTI", "NOSUCH", "EXEC");
  expect(shown()).toHaveLength(2);
});

test("administration, unknown commands and wrong arities are not shown; failing commands are", () => {
  client.send("CONFIG GET port", "CLIENT LIST", "FOO", "GET", "SET a b", "INCR a");
  expect(shown()).toEqual(['[0 ?:0] "SET" "a" "b"', '[0 ?:0] "INCR" "a"']);
});

test("secrets are redacted", () => {
  client.send("AUTH secret", "AUTH default secret", "HELLO 2 AUTH default secret SETNAME x");
  client.send("HELLO 2 SETNAME auth AUTH default secret", "HELLO 2 AUTH default");
  expect(shown()).toEqual([
    '[0 ?:0] "AUTH" "(redacted)"',
    '[0 ?:0] "AUTH" "(redacted)" "(redacted)"',
    '[0 ?:0] "HELLO" "2" "AUTH" "(redacted)" "(redacted)" "SETNAME" "x"',
    '[0 ?:0] "HELLO" "2" "SETNAME" "auth" "AUTH" "(redacted)" "(redacted)"',
    '[0 ?:0] "HELLO" "2" "AUTH" "default"',
  ]);
});

test("a command that waits is shown when it comes, not when it is served", () => {
  client.send("BLPOP queue 0");
  node.connect().send("RPUSH queue a");
  expect(shown()).toEqual(['[0 ?:0] "BLPOP" "queue" "0"', '[0 ?:0] "RPUSH" "queue" "a"']);
});

test("it sees itself, after the reply", () => {
  expect(monitor.send("PING")).toMatch(/^\+PONG \+\d{10}\.\d{6} \[0 \?:0\] "PING"$/);
});

test("two monitors see the same; one that wants no replies sees nothing", () => {
  const muted = node.connect();
  muted.send("MONITOR", "CLIENT REPLY OFF");
  shown();
  client.send("ECHO hi");
  expect(shown()).toEqual(['[0 ?:0] "ECHO" "hi"']);
  expect(muted.received()).toBe("");
});

describe("a connection that monitors", () => {
  test("is not answered a second time", () => {
    expect(monitor.send("MONITOR")).toBe("");
  });

  test("may not touch keys, nor in a transaction, and is not paused", () => {
    const refused = "-ERR Replica can't interact with the keyspace";
    expect(monitor.send("GET a", "SET a 1", "PUBLISH a b")).toBe(
      `${refused} ${refused} ${refused}`,
    );
    client.send("CLIENT PAUSE 100000 ALL");
    expect(monitor.send("PING")).toMatch(/^\+PONG/);
  });

  test("is a normal client with the flag O until RESET", () => {
    expect(client.send("CLIENT LIST ID 1 TYPE normal")).toContain(" flags=O ");
    expect(monitor.send("RESET")).toBe("+RESET");
    client.send("PING");
    expect(monitor.send("GET a")).toBe("$-1");
    expect(node.broker.gates.bits).toBe(0);
  });
});

test("MONITOR in a transaction is an error", () => {
  expect(client.send("MULTI", "MONITOR", "EXEC")).toBe(
    "+OK +QUEUED *1 -ERR MONITOR isn't allowed for DENY BLOCKING client",
  );
});
