import { expect, test } from "vitest";
import { SocketlessNode } from "../socketless-node.ts";
import { humanBytes } from "./info-field.ts";

const DEFAULT_TITLES = [
  "Server", "Clients", "Memory", "Persistence", "Stats", "Replication", "CPU", "Modules", "Errorstats", "Cluster",
  "Keyspace",
]; // prettier-ignore
const ALL_TITLES = [
  ...DEFAULT_TITLES.slice(0, 8), "Commandstats", "Errorstats", "Latencystats", ...DEFAULT_TITLES.slice(9),
]; // prettier-ignore

const titlesOf = (reply: string) => Array.from(reply.matchAll(/# (\w+)/g), (match) => match[1]);

test.each([
  ["INFO", DEFAULT_TITLES],
  ["INFO default", DEFAULT_TITLES],
  ["INFO all", ALL_TITLES],
  ["INFO everything", ALL_TITLES],
  ["INFO foo ALL", ALL_TITLES],
  ["INFO latencystats default", ALL_TITLES.filter((title) => title !== "Commandstats")],
  ["INFO errorstats commandstats", ["Commandstats", "Errorstats"]],
])("%j has the sections of Redis, in its order", (request, titles) => {
  expect(titlesOf(new SocketlessNode().connect().send(request))).toEqual(titles);
});

test("sections are chosen by name in any case, each once, and an unknown one is empty", () => {
  const client = new SocketlessNode().connect();
  expect(titlesOf(client.send("INFO keyspace foo CPU server cpu"))).toEqual([
    "Server",
    "CPU",
    "Keyspace",
  ]);
  expect(client.send("INFO foo")).toBe("$0");
  expect(client.send("INFO cluster keyspace")).toBe("$44 # Cluster cluster_enabled:0  # Keyspace");
});

test("is verbatim text in RESP3", () => {
  const client = new SocketlessNode().connect();
  client.send("HELLO 3");
  expect(client.send("INFO cluster")).toBe("=34 txt:# Cluster cluster_enabled:0");
});

test("counts what happened, and CONFIG RESETSTAT starts again but for changes", () => {
  const node = new SocketlessNode();
  const client = node.connect();
  client.send("SET a 1", "GET a", "GET b", "GET", "SELECT 2", "SET b 1", "EXPIRE b 100");
  node.connect().send("SUBSCRIBE x", "PSUBSCRIBE y*", "SSUBSCRIBE z");
  node.connect().send("BLPOP q1 q2 0");
  const before = client.send("INFO");
  for (const line of [
    "connected_clients:3",
    "blocked_clients:1",
    "pubsub_clients:1",
    "total_blocking_keys:2",
    "rdb_changes_since_last_save:3",
    "keyspace_hits:1",
    "keyspace_misses:1",
    "total_error_replies:1",
    "pubsub_channels:1",
    "pubsub_patterns:1",
    "pubsubshard_channels:1",
    "redis_version:7.2.4",
    "redis_mode:standalone",
    "db0:keys=1,expires=0,avg_ttl=0",
    "db2:keys=1,expires=1,avg_ttl=0",
  ]) {
    // prettier-ignore
    expect(before).toContain(` ${line}`);
  }
  expect(client.send("CONFIG RESETSTAT")).toBe("+OK");
  const after = client.send("INFO stats persistence");
  for (const line of [
    "keyspace_hits:0",
    "keyspace_misses:0",
    "total_error_replies:0",
    "rdb_changes_since_last_save:3",
  ]) {
    expect(after).toContain(` ${line}`);
  }
});

test("bytes for people have two decimals and the greatest unit that fits", () => {
  expect([0, 1023, 1024, 916_224, 25_276_502_016].map(humanBytes)).toEqual([
    "0B", "1023B", "1.00K", "894.75K", "23.54G",
  ]); // prettier-ignore
});
