import { expect, test } from "vitest";
import type { ClusterStatus } from "../../cluster/cluster-status.ts";
import { id, twoShards } from "../../cluster/test-facts.ts";
import { FactsCluster } from "./facts-cluster.ts";

function statusBy(cluster: FactsCluster): ClusterStatus {
  const [, ...words] = cluster.connect().send("CLUSTER STATUS").split(" ");
  return JSON.parse(words.join(" ")) as ClusterStatus; // what the handler writes
}

test("CLUSTER STATUS is what the facts and the rumours of this node come to", () => {
  const cluster = new FactsCluster("a1", twoShards());
  cluster.states.set(id("b1"), { isSuspected: true });
  cluster.leaderId = id("b1");
  const status = statusBy(cluster);
  expect(status).toMatchObject({
    state: "degraded",
    self: id("a1"),
    clusterId: id("c"),
    slotsAssigned: 16_384,
    voters: { nodes: [id("a1")], wanted: 3, leader: id("b1"), hasQuorum: true },
  });
  expect(status.problems.map(({ code }) => code)).toEqual([
    "few-voters",
    "node-suspected",
    "no-replica",
  ]);
  expect(status.shards[0]?.nodes[1]).toMatchObject({
    id: id("a2"),
    host: "127.0.0.1",
    port: 7162,
    role: "replica",
    isInSync: true,
  });
});
