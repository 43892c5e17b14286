import { startNode, until, type RespClient } from "@slotcast/testkit";
import { expect, test } from "vitest";
import { untilBlocked } from "./until-blocked.ts";

// Goal: an operator finds out what a node is busy with: which commands, how long they take, which of them hold it up.

const SEES_WITHIN_MS = 5000;
const SLOW_MS = 40;
const PIPELINE = 2000;

/** The arguments of the entries of a log, the newest first. */
async function logged(client: RespClient, log: string): Promise<string[]> {
  const entries = await client.call("COMMANDLOG", "GET", -1, log);
  if (!Array.isArray(entries)) throw new TypeError("COMMANDLOG GET answers an array");
  return entries.map((entry) => (Array.isArray(entry) ? entry[3] : [])).map(String);
}

async function infoField(client: RespClient, section: string, name: string): Promise<string> {
  const text = String(await client.callRaw("INFO", section));
  return (
    text
      .split("\r\n")
      .find((line) => line.startsWith(`${name}:`))
      ?.slice(name.length + 1) ?? ""
  );
}

test("a slow command inside a long pipeline is in the slow log under its own name, and nothing else", async () => {
  await using node = await startNode({
    directives: {
      "enable-debug-command": "yes",
      "slowlog-log-slower-than": String(SLOW_MS * 1000),
    },
  });
  await using client = await node.connect();
  const sets = Array.from({ length: PIPELINE }, async (_, at) => client.call("SET", `k${at}`, at));
  const slow = client.call("DEBUG", "SLEEP", (SLOW_MS * 1.2) / 1000);
  const gets = Array.from({ length: PIPELINE }, async (_, at) => client.call("GET", `k${at}`));
  await Promise.all([...sets, slow, ...gets]);
  const names = await logged(client, "slow");
  expect(names.filter((name) => name.startsWith("DEBUG"))).toEqual(["DEBUG,SLEEP,0.048"]);
  expect(await infoField(client, "commandstats", "cmdstat_set")).toMatch(/^calls=2000,usec=\d+,/);
  expect(await infoField(client, "commandstats", "cmdstat_get")).toMatch(/^calls=2000,usec=\d+,/);
  const percentiles = await infoField(client, "latencystats", "latency_percentiles_usec_set");
  expect(percentiles).toMatch(/^p50=[\d.]+,p99=[\d.]+,p99\.9=[\d.]+$/);
});

test("a client that waits is not slow, however long it waits", async () => {
  await using node = await startNode({
    directives: { "slowlog-log-slower-than": String(SLOW_MS * 1000) },
  });
  await using client = await node.connect();
  await using waiter = await node.connect();
  const popped = waiter.call("BLPOP", "q", 0);
  await untilBlocked(node, 1);
  const sinceMs = performance.now();
  await until(() => performance.now() - sinceMs > SLOW_MS * 2, { withinMs: SEES_WITHIN_MS });
  await client.call("LPUSH", "q", "x");
  await popped;
  expect((await logged(client, "slow")).filter((name) => name.startsWith("BLPOP"))).toEqual([]);
  expect(await infoField(client, "commandstats", "cmdstat_blpop")).toMatch(/^calls=1,/);
});

test("large requests and replies are remembered, also when they are larger than what is written at once", async () => {
  await using node = await startNode();
  await using client = await node.connect();
  const value = "x".repeat(2_000_000);
  await client.call("SET", "large", value);
  await client.callRaw("GET", "large");
  await client.call("RPUSH", "list", ...Array.from({ length: 30 }, () => value.slice(0, 50_000)));
  await client.callRaw("LRANGE", "list", 0, -1);
  await client.callRaw("LRANGE", "list", 0, 10);
  expect(await logged(client, "large-reply")).toEqual(["LRANGE,list,0,-1", "GET,large"]);
  const [first = "", second = ""] = await logged(client, "large-request");
  expect([first.slice(0, 10), second.slice(0, 9)]).toEqual(["RPUSH,list", "SET,large"]);
  expect(first).toMatch(/x\.\.\. \(49872 more bytes\)/);
});

test("what held the node up is an event of the latency monitor", async () => {
  await using node = await startNode({
    directives: { "enable-debug-command": "yes", "latency-monitor-threshold": String(SLOW_MS) },
  });
  await using client = await node.connect();
  await client.call("DEBUG", "SLEEP", (SLOW_MS * 1.2) / 1000);
  const history = await client.call("LATENCY", "HISTORY", "command");
  expect(history).toHaveLength(1);
  expect(String(await client.callRaw("LATENCY", "DOCTOR"))).toContain("1. command: 1 latency");
  expect(await client.call("LATENCY", "RESET")).toBe(1);
});
