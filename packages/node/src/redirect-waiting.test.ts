import { ascii } from "@slotcast/protocol";
import { beforeEach, expect, test } from "vitest";
import { id, shardId, twoShards } from "./cluster/test-facts.ts";
import { FactsCluster } from "./commands/cluster/facts-cluster.ts";
import type { SocketlessClient } from "./commands/socketless-node.ts";
import { Applier } from "./replication/applier.ts";
import { encodeEffect } from "./replication/effect-encoder.ts";

// Goal: whoever waits for keys is told when this node serves them no more, as redis-server 7.0.15 does, keeps the
// connection, and is left alone by all other changes. `bar` is in slot 5061 and `b` in 3300, of shard a.

let primary: FactsCluster;
let list: SocketlessClient;
let stream: SocketlessClient;
let other: SocketlessClient;

beforeEach(() => {
  primary = new FactsCluster("a1", twoShards());
  [list, stream, other] = [primary.connect(), primary.connect(), primary.connect()];
  expect(list.send("BLPOP bar 0")).toBe("");
  expect(stream.send("XREAD BLOCK 0 STREAMS bar $")).toBe("");
  expect(other.send("BLPOP b 0")).toBe("");
});

function expectTold(bar: string, b: string): void {
  primary.node.redirectWaiting();
  expect([list, stream, other].map((client) => client.received())).toEqual([bar, bar, b]);
}

test("who waits for a slot that nobody serves any more is refused, the others wait on", () => {
  const slots = [{ first: 5061, last: 5061 }];
  primary.decide({ kind: "release-slots", shardId: shardId("a"), slots });
  expectTold("-CLUSTERDOWN Hash slot not served", "");
  expect(list.send("PING")).toBe("+PONG");
});

test("a cluster that is down refuses all who wait", () => {
  primary.update({ hasQuorum: false });
  expectTold("-CLUSTERDOWN The cluster is down", "-CLUSTERDOWN The cluster is down");
});

test("a primary that is a replica now sends them to the new one", () => {
  const { epoch = 0 } = primary.facts.shards.get(shardId("a")) ?? {};
  const member = { nodeId: id("a2"), incarnation: 1 };
  primary.decide({ kind: "promote", shardId: shardId("a"), epoch, member });
  const { port = 0 } = primary.view.nodes.get(id("a2"))?.address ?? {};
  expectTold(`-MOVED 5061 127.0.0.1:${port}`, `-MOVED 3300 127.0.0.1:${port}`);
});

test("nothing is said while the node is about to serve, or because of other facts", () => {
  primary.update({ isServing: false });
  expectTold("", "");
  primary.update({ isServing: true });
  primary.decide({ kind: "forget", nodeId: id("a2"), byReset: false });
  expectTold("", "");
});

test("on a replica, a reader that sent READONLY waits on", () => {
  const replica = new FactsCluster("a2", twoShards());
  const reader = replica.connect();
  expect(reader.send("READONLY", "XREAD BLOCK 0 STREAMS bar $")).toBe("+OK");
  replica.node.redirectWaiting();
  expect(reader.received()).toBe("");
  replica.decide({ kind: "replicate", nodeId: id("a2"), shardId: shardId("b") });
  replica.node.redirectWaiting();
  expect(reader.received()).toMatch(/^-MOVED 5061 /);
});

test("on a replica that is about to serve, a reader whose stream grows waits until it does, and is served once", () => {
  const node = new FactsCluster("a2", twoShards());
  const applier = new Applier({
    broker: () => node.node.broker,
    keys: node.node.broker.keyspace.table(0),
  });
  const apply = (...words: readonly string[]): void => {
    applier.apply(ascii(encodeEffect(words.map(ascii))));
  };
  apply("XADD", "bar", "1-1", "f", "v");
  const reader = node.connect();
  expect(reader.send("READONLY", "XREAD BLOCK 0 STREAMS bar 1-1")).toBe("+OK");
  const { epoch = 0 } = node.facts.shards.get(shardId("a")) ?? {};
  const member = { nodeId: id("a2"), incarnation: 1 };
  node.decide({ kind: "promote", shardId: shardId("a"), epoch, member });
  node.update({ isServing: false });
  // The end of the old primary's log, which the new reign begins with.
  apply("XADD", "bar", "2-1", "f", "v");
  expect([reader.received(), node.hold.size]).toEqual(["", 1]);
  node.update({ isServing: true });
  node.hold.end();
  expect(reader.received()).toBe("*1 *2 $3 bar *1 *2 $3 2-1 *2 $1 f $1 v");
  expect(node.node.broker.blocking.size).toBe(0);
  expect(node.connect().send("XADD bar 3-1 f v")).toBe("$3 3-1");
  expect(reader.received()).toBe("");
});
