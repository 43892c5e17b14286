import { describe, expect, test } from "vitest";
import { id, shardId, twoShards } from "../../cluster/test-facts.ts";
import { FactsCluster } from "../cluster/facts-cluster.ts";
import { leaveShardChannels } from "./leave-shard-channels.ts";

// Goal: subscribers of shard channels that a shard has no more are told, in order, and nobody else notices.
// `bar` is in slot 5061 and `b` in 3300, of shard a; `foo` is in 12182, of shard b.

function released(cluster: FactsCluster, slot: number): void {
  const slots = [{ first: slot, last: slot }];
  expect(cluster.decide({ kind: "release-slots", shardId: shardId("a"), slots }).kind).toBe(
    "accepted",
  );
  leaveShardChannels(cluster.node.broker);
}

describe.each(["a1", "a2"])("on %s of the shard", (name) => {
  test.each([
    ["2", "*"],
    ["3", ">"],
  ])(
    "in RESP%s a sunsubscribe is pushed for each, with the count of the rest",
    (protocol, sign) => {
      const cluster = new FactsCluster(name, twoShards());
      const client = cluster.connect();
      client.send(`HELLO ${protocol}`, "SSUBSCRIBE {bar}1 {bar}2", "SSUBSCRIBE b", "SUBSCRIBE bar");
      const other = cluster.connect();
      other.send("SSUBSCRIBE b");
      released(cluster, 5061);
      expect(client.received()).toBe(
        [`${sign}3 $12 sunsubscribe $6 {bar}1 :2`, `${sign}3 $12 sunsubscribe $6 {bar}2 :1`].join(
          " ",
        ),
      );
      expect(other.received()).toBe("");
      expect(cluster.connect().send("PUBSUB SHARDCHANNELS")).toBe("*1 $1 b");
    },
  );
});

test("it comes behind the messages before it, and past CLIENT REPLY OFF", () => {
  const cluster = new FactsCluster("a1", twoShards());
  const client = cluster.connect();
  client.send("HELLO 3", "SSUBSCRIBE bar", "CLIENT REPLY OFF");
  cluster.connect().send("SPUBLISH bar last");
  released(cluster, 5061);
  expect(client.received()).toBe(">3 $8 smessage $3 bar $4 last >3 $12 sunsubscribe $3 bar :0");
});

test("without a subscription left, a RESP2 client may ask anything again", () => {
  const cluster = new FactsCluster("a1", twoShards());
  const client = cluster.connect();
  client.send("SSUBSCRIBE bar");
  expect(client.send("GET b")).toContain("only (P|S)SUBSCRIBE");
  released(cluster, 5061);
  expect(client.received()).toBe("*3 $12 sunsubscribe $3 bar :0");
  expect(client.send("GET b")).toBe("$-1");
  expect(client.connection.isSubscriber).toBe(false);
});

test("a replica that goes to another shard, and a node that is a member no more, have none of them", () => {
  for (const leave of [
    (cluster: FactsCluster) =>
      cluster.decide({ kind: "replicate", nodeId: id("a2"), shardId: shardId("b") }),
    (cluster: FactsCluster) => cluster.decide({ kind: "forget", nodeId: id("a2"), byReset: false }),
  ]) {
    const cluster = new FactsCluster("a2", twoShards());
    const client = cluster.connect();
    client.send("SSUBSCRIBE bar");
    expect(leave(cluster).kind).toBe("accepted");
    leaveShardChannels(cluster.node.broker);
    expect(client.received()).toBe("*3 $12 sunsubscribe $3 bar :0");
  }
});

test("a failover within the shard ends no subscription", () => {
  const cluster = new FactsCluster("a2", twoShards());
  const client = cluster.connect();
  client.send("SSUBSCRIBE bar");
  const { epoch = 0 } = cluster.facts.shards.get(shardId("a")) ?? {};
  const member = { nodeId: id("a2"), incarnation: 1 };
  cluster.decide({ kind: "promote", shardId: shardId("a"), epoch, member });
  expect(cluster.view.self.role).toBe("primary");
  leaveShardChannels(cluster.node.broker);
  expect(client.received()).toBe("");
});
