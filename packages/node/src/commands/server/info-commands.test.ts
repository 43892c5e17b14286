import { expect, test } from "vitest";
import { SocketlessNode, type SocketlessClient } from "../socketless-node.ts";

// Goal: INFO commandstats, errorstats and latencystats count what redis-server 7.0.15 counts, and as it does. Times are
// left out: `calls` of the first, what was counted of the second, the names of the third.

/** `get 1 0 0`: calls, rejected, failed; for each command but INFO, by name. */
function commandstats(client: SocketlessClient): string[] {
  const lines = client.send("INFO commandstats").matchAll(
    /cmdstat_(\S+):calls=(\d+),usec=\d+,usec_per_call=\d+\.\d\d,rejected_calls=(\d+),failed_calls=(\d+)/g,
  ); // prettier-ignore
  return Array.from(
    lines,
    ([, name, calls, rejected, failed]) => `${name} ${calls} ${rejected} ${failed}`,
  )
    .filter((line) => !line.startsWith("info"))
    .toSorted(compareText);
}

const errorstats = (client: SocketlessClient): string[] =>
  Array.from(
    client.send("INFO errorstats").matchAll(/errorstat_(\w+):count=(\d+)/g),
    ([, prefix, count]) => `${prefix} ${count}`,
  );

const WRONG_PASSWORD = "AUTH wrong";

test.each([
  ["a call", ["SET a 1", "GET a", "GET b"], ["set 1 0 0", "get 2 0 0"], []],
  ["a subcommand", ["CLIENT ID", "client id"], ["client|id 2 0 0"], []],
  ["a call that fails", ["SET a x", "INCR a"], ["set 1 0 0", "incr 1 0 1"], ["ERR 1"]],
  ["a wrong type", ["LPUSH l 1", "GET l"], ["get 1 0 1", "lpush 1 0 0"], ["WRONGTYPE 1"]],
  ["a wrong arity", ["GET", "CLIENT ID x"], ["client|id 0 1 0", "get 0 1 0"], ["ERR 2"]],
  ["no command", ["NOSUCH", "CLIENT nosuch"], [], ["ERR 2"]],
  [
    "a transaction: each of its commands, EXEC, and none that was queued",
    ["MULTI", "SET a x", "INCR a", "EXEC"],
    ["set 1 0 0", "incr 1 0 1", "exec 1 0 0", "multi 1 0 0"],
    ["ERR 1"],
  ],
  [
    "a transaction that is refused",
    ["MULTI", "GET", "EXEC"],
    ["get 0 1 0", "exec 1 0 1", "multi 1 0 0"],
    ["ERR 1", "EXECABORT 1"],
  ],
  [
    "EXEC that is refused before it runs",
    ["MULTI", "EXEC x"],
    ["exec 0 1 0", "multi 1 0 0"],
    ["EXECABORT 1"],
  ],
  [
    "a transaction whose key changed",
    ["WATCH a", "SET a 1", "MULTI", "EXEC"],
    ["set 1 0 0", "exec 1 0 0", "multi 1 0 0", "watch 1 0 0"],
    [],
  ],
  [
    "a subscriber's wrong command",
    ["SUBSCRIBE c", "GET a", "RESET"],
    ["reset 1 0 0", "get 0 1 0", "subscribe 1 0 0"],
    ["ERR 1"],
  ],
] as const)("%s", (_, sent, commands, errors) => {
  const client = new SocketlessNode().connect();
  client.send(...sent);
  expect(commandstats(client)).toEqual([...commands].toSorted(compareText));
  expect(errorstats(client)).toEqual(errors);
});

test("who has not given the password is refused", () => {
  const node = new SocketlessNode("--requirepass", "secret");
  const client = node.connect();
  client.send("GET a", WRONG_PASSWORD, "AUTH secret");
  expect(commandstats(client)).toEqual(["auth 2 0 1", "get 0 1 0"]);
  expect(errorstats(client)).toEqual(["NOAUTH 1", "WRONGPASS 1"]);
  expect(client.send("INFO stats")).toContain(" acl_access_denied_auth:1 ");
});

test("a command that waits is counted once, when it is over, however often it was tried", () => {
  const node = new SocketlessNode();
  const [waiter, client] = [node.connect(), node.connect()];
  waiter.send("BLPOP q r 0");
  client.send("SET q x", "LPUSH r 1 2", "DEL q");
  expect(commandstats(client)).toContain("blpop 1 0 0");
  waiter.send("BLPOP none 0");
  expect(commandstats(client)).toContain("blpop 1 0 0");
  client.send(`CLIENT UNBLOCK ${waiter.connection.id} ERROR`);
  expect(commandstats(client)).toContain("blpop 2 0 1");
  expect(errorstats(client)).toEqual(["UNBLOCKED 1"]);
  waiter.send("BLPOP none 0");
  client.send(`CLIENT UNBLOCK ${waiter.connection.id}`);
  expect(commandstats(client)).toContain("blpop 3 0 1");
});

test("CONFIG RESETSTAT forgets all but itself", () => {
  const client = new SocketlessNode().connect();
  client.send("SET a 1", "NOSUCH", "CONFIG RESETSTAT");
  expect(commandstats(client)).toEqual(["config|resetstat 1 0 0"]);
  expect(errorstats(client)).toEqual([]);
  expect(client.send("INFO latencystats")).not.toContain("usec_set:");
});

test("latencystats has the percentiles that are asked for, of commands that ran", () => {
  const client = new SocketlessNode().connect();
  client.send("SET a 1", "GET");
  client.send("CONFIG SET latency-tracking-info-percentiles 99.5");
  const shown = client.send("INFO latencystats");
  expect(shown).toMatch(/ latency_percentiles_usec_set:p99\.5=\d+\.\d{3}/);
  expect(shown).not.toContain("usec_get:");
});

test("without latency-tracking nothing is tracked or shown, and calls are counted all the same", () => {
  const client = new SocketlessNode("--latency-tracking", "no").connect();
  client.send("SET a 1");
  expect(client.send("INFO latencystats")).toBe("$16 # Latencystats");
  expect(client.send("LATENCY HISTOGRAM")).toBe("*0");
  expect(commandstats(client)).toContain("set 1 0 0");
});

function compareText(a: string, b: string): number {
  return a < b ? -1 : 1;
}
