import { SLOTS } from "@slotcast/protocol";
import { expect, test } from "vitest";
import { NO_FACTS, type Facts, type ForgottenNode, type ShardFact } from "./facts.ts";
import { checkFacts } from "./invariants.ts";
import { FORGOTTEN_MAX, NODES_MAX, VOTERS_MAX } from "./limits.ts";
import { restart } from "./test-commands.ts";
import { applied, clusterOf } from "./test-facts.ts";
import { id, member, nodeFact, shardId, shardIn } from "./test-names.ts";

// Goal: facts that hold pass, and each thing that may be wrong with facts is found.

const CLUSTER = clusterOf(["a1", "a2"], ["b1"]);

function withShard(name: string, changes: Partial<ShardFact>): Facts {
  const shard = { ...shardIn(CLUSTER, name), ...changes };
  return { ...CLUSTER, shards: new Map(CLUSTER.shards).set(shardId(name), shard) };
}

function withOwner(owner: string, facts: Facts = CLUSTER): Facts {
  return { ...facts, slotOwners: [owner, ...facts.slotOwners.slice(1)] };
}

function forgotten(nodeId: string): ForgottenNode {
  return { nodeId, lastVersion: 1, byReset: false };
}

const EMPTY_SHARD: ShardFact = {
  ...shardIn(CLUSTER, "b"),
  id: shardId("d"),
  epoch: 0,
  isr: [],
  primary: undefined,
};
const NODES = Array.from({ length: NODES_MAX + 1 }, (_, index) =>
  nodeFact(index.toString(16), { shard: "b" }),
);

test("facts that commands made hold", () => {
  expect(checkFacts(NO_FACTS)).toEqual([]);
  expect(checkFacts({ ...NO_FACTS, voters: [id("a1")] })).toEqual([]);
  expect(checkFacts(CLUSTER)).toEqual([]);
  expect(checkFacts(applied(CLUSTER, restart(CLUSTER, "a1")))).toEqual([]);
});

const WRONG: readonly (readonly [string, Facts])[] = [
  ["facts without a cluster", { ...NO_FACTS, currentEpoch: 1 }],
  [
    "at most",
    {
      ...CLUSTER,
      nodes: new Map([...CLUSTER.nodes, ...NODES.map((node) => [node.id, node] as const)]),
    },
  ],
  ["is filed under", { ...CLUSTER, nodes: new Map(CLUSTER.nodes).set(id("d1"), nodeFact("b1")) }],
  [
    "is in no shard that exists",
    { ...CLUSTER, nodes: new Map(CLUSTER.nodes).set(id("d1"), nodeFact("d1")) },
  ],
  ["is filed under", withShard("b", { id: shardId("d") })],
  ["has no node", { ...CLUSTER, shards: new Map(CLUSTER.shards).set(shardId("d"), EMPTY_SHARD) }],
  ["is not the first", withShard("a", { primary: member("a2") })],
  ["is not the first", withShard("a", { primary: member("a1.2") })],
  ["is not the first", withShard("a", { primary: undefined })],
  ["is not the first", withShard("a", { isr: [] })],
  ["has no version", withShard("a", { isrVersion: 0 })],
  ["is twice in its in-sync set", withShard("a", { isr: [member("a1"), member("a1")] })],
  ["not in the shard", withShard("a", { isr: [member("a1"), member("b1")] })],
  ["not in the shard", withShard("a", { isr: [member("a1"), member("d1")] })],
  ["incarnation 0", withShard("a", { isr: [member("a1"), member("a2.0")] })],
  ["incarnation 2", withShard("a", { primary: member("a1.2"), isr: [member("a1.2")] })],
  ["two shards have the epoch", withShard("a", { epoch: 2 })],
  ["above the highest", withShard("a", { epoch: 9 })],
  ["no epoch", withShard("a", { epoch: 0 })],
  ["no primary", withShard("a", { primary: undefined, isr: [] })],
  ["is no shard", withOwner(shardId("d"))],
  [`${SLOTS - 1} slots`, { ...CLUSTER, slotOwners: CLUSTER.slotOwners.slice(1) }],
  ["0 voters", { ...CLUSTER, voters: [] }],
  ["voters", { ...CLUSTER, voters: NODES.slice(0, VOTERS_MAX + 2).map((node) => node.id) }],
  ["named twice", { ...CLUSTER, voters: [id("a1"), id("a1")] }],
  ["is no node", { ...CLUSTER, voters: [id("d1")] }],
  [
    "forgotten nodes",
    { ...CLUSTER, forgotten: NODES.slice(0, FORGOTTEN_MAX + 1).map((node) => forgotten(node.id)) },
  ],
  ["forgotten twice", { ...CLUSTER, forgotten: [forgotten(id("d1")), forgotten(id("d1"))] }],
  ["is forgotten", { ...CLUSTER, forgotten: [forgotten(id("a1"))] }],
];

test.each(WRONG)("wrong: %s", (fault, facts) => {
  expect(checkFacts(facts).join("\n")).toContain(fault);
});
