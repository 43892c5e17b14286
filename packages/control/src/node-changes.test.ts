import { describe, expect, test } from "vitest";
import { applyCommand } from "./apply-command.ts";
import type { FactCommand, RefusalCode } from "./fact-command.ts";
import { NO_FACTS, type Facts } from "./facts.ts";
import { checkFacts } from "./invariants.ts";
import { EPOCH_JUMP_MAX, FORGOTTEN_MAX, NODES_MAX } from "./limits.ts";
import {
  forget,
  found,
  join,
  promote,
  release,
  restart,
  takeOver,
  update,
} from "./test-commands.ts";
import { applied, clusterOf, founded, withVoters } from "./test-facts.ts";
import { historyId, id, isrOf, member, nodeFact, nodeIn, shardId, shardIn } from "./test-names.ts";

// Goal: nodes come, change and go as the commands say, and are refused for the reasons that they say.
// Method: tables; random sequences are in random-commands.test.ts.

const A1 = nodeFact("a1");
const LONE = founded(A1);
/** Shard a: a1 leads, a2 and a3 are in sync. Shard b: b1, alone. b1 votes. */
const CLUSTER = withVoters(clusterOf(["a1", "a2", "a3"], ["b1"]), "b1");
const SLOTLESS = applied(CLUSTER, release("a", 0, 8191));
/** b1 came back without data, and its shard has no other node. */
const ALL_LOST = applied(CLUSTER, restart(CLUSTER, "b1"));
/** Only a2 has the data of shard a. */
const LAST_COPY = applied(CLUSTER, restart(CLUSTER, "a1"), restart(CLUSTER, "a3"));
const WITHOUT_A2 = applied(CLUSTER, forget("a2"));
const NEWCOMER = nodeFact("d1");

describe("a cluster is founded", () => {
  test("by one node, which leads its shard, is in sync with itself and votes", () => {
    expect(LONE).toMatchObject({ version: 1, clusterId: id("c"), voters: [id("a1")] });
    expect(LONE.nodes).toEqual(new Map([[id("a1"), A1]]));
    expect(shardIn(LONE, "a")).toEqual({
      id: shardId("a"),
      primary: member("a1"),
      epoch: 0,
      isr: [member("a1")],
      isrVersion: 1,
      historyId: historyId("a1"),
    });
  });

  test("and founding it again is no change", () => {
    expect(applyCommand(LONE, found(A1), 2)).toEqual({ facts: LONE });
  });
});

describe("a node joins", () => {
  test("with a shard of its own and the slots that it claimed, which then need an epoch", () => {
    const facts = applied(SLOTLESS, join(NEWCOMER, { slots: [{ first: 3, last: 4 }] }));
    expect(facts.slotOwners.slice(2, 6)).toEqual([
      undefined,
      shardId("d"),
      shardId("d"),
      undefined,
    ]);
    expect(shardIn(facts, "d")).toMatchObject({ epoch: 3, isr: [member("d1")] });
    expect(facts.currentEpoch).toBe(3);
  });

  test("without slots it needs none", () => {
    const facts = applied(CLUSTER, join(NEWCOMER));
    expect(shardIn(facts, "d").epoch).toBe(0);
    expect(facts.slotOwners).toBe(CLUSTER.slotOwners);
  });

  test.each([
    ["its own where that is free", 7, 7, 7],
    ["another where it is taken", 1, 3, 3],
  ])("its epoch: %s", (_which, epoch, given, currentEpoch) => {
    const facts = applied(CLUSTER, join(NEWCOMER, { epoch }));
    expect(shardIn(facts, "d").epoch).toBe(given);
    expect(facts.currentEpoch).toBe(currentEpoch);
  });

  test("twice is no change, also when it started again in between", () => {
    const again = join(nodeFact("b1", { shard: "e", incarnation: 4 }));
    expect(applyCommand(CLUSTER, again, 99)).toEqual({ facts: CLUSTER });
    const withItsSlots = join(nodeFact("b1"), { slots: [{ first: 8192, last: 16_383 }] });
    expect(applyCommand(CLUSTER, withItsSlots, 99)).toEqual({ facts: CLUSTER });
  });

  test("though it was forgotten, when it is invited", () => {
    const facts = applied(WITHOUT_A2, join(nodeFact("a2", { shard: "d" }), { isInvited: true }));
    expect(facts.forgotten).toEqual([]);
    expect(nodeIn(facts, "a2").shardId).toBe(shardId("d"));
  });

  test("but not once more when the same invitation is proposed again after it was forgotten", () => {
    const invitation = join(NEWCOMER, { isInvited: true, knownVersion: CLUSTER.version });
    const without = applied(CLUSTER, invitation, forget("d1"));
    const refusal = { code: "forgotten", detail: "removed from the cluster since it was let in" };
    expect(applyCommand(without, invitation, 99)).toEqual({ refusal });
    const byItsReset = applied(CLUSTER, invitation, { ...forget("d1"), byReset: true });
    expect(applyCommand(byItsReset, invitation, 99)).toEqual({ refusal });
    const anew = join(NEWCOMER, { isInvited: true, knownVersion: without.version });
    expect(applied(without, anew).nodes.has(id("d1"))).toBe(true);
  });
});

describe("a node reports", () => {
  test("another address, and keeps its place", () => {
    const facts = applied(CLUSTER, update(CLUSTER, "a2", { host: "10.0.0.2", port: 7777 }));
    expect(nodeIn(facts, "a2")).toMatchObject({ host: "10.0.0.2", port: 7777, incarnation: 1 });
    expect(facts.shards).toBe(CLUSTER.shards);
  });

  test("no address, and keeps the one by which it was met", () => {
    const facts = applied(CLUSTER, update(CLUSTER, "a2", { host: "", incarnation: 2 }));
    expect(nodeIn(facts, "a2")).toMatchObject({ host: nodeIn(CLUSTER, "a2").host, incarnation: 2 });
  });

  test("nothing new, which is no change", () => {
    expect(applyCommand(CLUSTER, update(CLUSTER, "a2", {}), 99)).toEqual({ facts: CLUSTER });
  });

  test("that it started again: as a replica it is out of sync", () => {
    const facts = applied(CLUSTER, restart(CLUSTER, "a2"));
    expect(isrOf(facts, "a")).toBe("a1.1 a3.1");
    expect(shardIn(facts, "a").isrVersion).toBe(shardIn(CLUSTER, "a").isrVersion + 1);
  });

  test("that it started again: as a primary it keeps the place under its old name", () => {
    const facts = applied(CLUSTER, restart(CLUSTER, "a1"));
    expect(isrOf(facts, "a")).toBe("a1.1 a2.1 a3.1");
    expect(nodeIn(facts, "a1").incarnation).toBe(2);
    expect(isrOf(ALL_LOST, "b")).toBe("b1.1");
  });
});

describe("a node is forgotten", () => {
  test("and is in no set and no list of nodes, and remembered as such", () => {
    expect(isrOf(WITHOUT_A2, "a")).toBe("a1.1 a3.1");
    expect(WITHOUT_A2.nodes.has(id("a2"))).toBe(false);
    const { version: lastVersion } = CLUSTER;
    expect(WITHOUT_A2.forgotten).toEqual([{ nodeId: id("a2"), lastVersion, byReset: false }]);
  });

  test("twice is no change", () => {
    expect(applyCommand(WITHOUT_A2, forget("a2"), 99)).toEqual({ facts: WITHOUT_A2 });
  });

  test("by its reset, and may come back by itself", () => {
    const facts = applied(CLUSTER, { ...forget("a2"), byReset: true });
    expect(facts.forgotten).toMatchObject([{ nodeId: id("a2"), byReset: true }]);
    const again = applied(facts, join(nodeFact("a2", { shard: "d" })));
    expect(again.nodes.has(id("a2"))).toBe(true);
    expect(again.forgotten).toEqual([]);
  });

  test("as the last of its shard: the shard ends", () => {
    const facts = applied(CLUSTER, join(NEWCOMER), forget("d1"));
    expect([...facts.shards.keys()]).toEqual([shardId("a"), shardId("b")]);
  });

  test("as the primary of a shard without slots: those that followed it wait", () => {
    const facts = applied(SLOTLESS, forget("a1"));
    expect(shardIn(facts, "a")).toMatchObject({ primary: undefined, isr: [], epoch: 1 });
    expect(checkFacts(facts)).toEqual([]);
    expect(isrOf(applied(facts, takeOver(facts, "a", "a3")), "a")).toBe("a3.1");
    expect(applied(facts, forget("a2"), forget("a3")).shards.has(shardId("a"))).toBe(false);
  });

  test("after another was promoted, though its shard has slots", () => {
    const facts = applied(CLUSTER, promote(CLUSTER, "a", "a2"), forget("a1"));
    expect(isrOf(facts, "a")).toBe("a2.1 a3.1");
  });

  test("and the oldest are forgotten as forgotten when there are too many", () => {
    const before = Array.from({ length: FORGOTTEN_MAX }, (_, index) => ({
      ...{ nodeId: id(`e${index}`), lastVersion: 1, byReset: false },
    }));
    const facts = applied({ ...CLUSTER, forgotten: before }, forget("a2"));
    expect(facts.forgotten).toHaveLength(FORGOTTEN_MAX);
    expect(facts.forgotten.at(0)).toBe(before[1]);
    expect(facts.forgotten.at(-1)?.nodeId).toBe(id("a2"));
  });
});

const SLOT_OF_B = { slots: [{ first: 16_383, last: 16_383 }] };
const BOGUS_EPOCH = { epoch: CLUSTER.currentEpoch + EPOCH_JUMP_MAX + 1 };
const MANY = Array.from({ length: NODES_MAX }, (_, index) => nodeFact(`b${index.toString(16)}`));
const FULL: Facts = { ...CLUSTER, nodes: new Map(MANY.map((node) => [node.id, node])) };
const OLD_PROCESS = update(LONE, "a1", { incarnation: 0 });

const REFUSALS: readonly (readonly [string, RefusalCode, Facts, FactCommand])[] = [
  ["another cluster is founded", "already-founded", CLUSTER, found(NEWCOMER)],
  ["a node joins nothing", "not-founded", NO_FACTS, join(A1)],
  ["a node joins with a slot of another", "slot-taken", CLUSTER, join(NEWCOMER, SLOT_OF_B)],
  ["a node claims more when it joins again", "stale", CLUSTER, join(A1, SLOT_OF_B)],
  ["an old process joins", "stale", LAST_COPY, join(A1)],
  ["a node joins with a shard of others", "shard-taken", CLUSTER, join(nodeFact("b2"))],
  ["a node joins with a bogus epoch", "epoch-too-high", CLUSTER, join(NEWCOMER, BOGUS_EPOCH)],
  ["a node too many joins", "too-many-nodes", FULL, join(NEWCOMER)],
  ["a forgotten node joins", "forgotten", WITHOUT_A2, join(nodeFact("a2", { shard: "d" }))],
  ["a forgotten node reports", "forgotten", WITHOUT_A2, restart(CLUSTER, "a2")],
  ["an unknown node reports", "unknown-node", LONE, restart(CLUSTER, "b1")],
  ["an old process reports", "stale", LAST_COPY, OLD_PROCESS],
  ["an unknown node is forgotten", "unknown-node", LONE, forget("b1")],
  ["a voter is forgotten", "voter", LONE, forget("a1")],
  ["a primary is forgotten before a promotion", "stale", CLUSTER, forget("a1")],
  ["a lone primary with slots is forgotten", "not-empty", withVoters(CLUSTER, "a1"), forget("b1")],
  ["the only copy of a shard's data is forgotten", "not-empty", LAST_COPY, forget("a2")],
];

test.each(REFUSALS)("refused: %s (%s)", (_what, code, facts, command) => {
  expect(applyCommand(facts, command, 99)).toMatchObject({ refusal: { code } });
});
