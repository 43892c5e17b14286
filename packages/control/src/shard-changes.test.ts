import { describe, expect, test } from "vitest";
import { applyCommand, applyLogCommand } from "./apply-command.ts";
import type { FactCommand, RefusalCode } from "./fact-command.ts";
import type { Facts } from "./facts.ts";
import { EPOCH_JUMP_MAX } from "./limits.ts";
import {
  assign,
  detach,
  forget,
  join,
  promote,
  release,
  replicate,
  restart,
  setEpoch,
  setIsr,
  takeOver,
} from "./test-commands.ts";
import { applied, clusterOf, founded, withVoters } from "./test-facts.ts";
import { historyId, id, isrOf, member, nodeFact, nodeIn, shardId, shardIn } from "./test-names.ts";

// Goal: slots, roles and in-sync sets change as the commands say; what rests on older facts is refused.
// Method: tables; random sequences are in random-commands.test.ts.

const LONE = founded(nodeFact("a1"));
/** Shard a: a1 leads, a2 and a3 are in sync. Shard b: b1, alone. b1 votes. */
const CLUSTER = withVoters(clusterOf(["a1", "a2", "a3"], ["b1"]), "b1");
const SLOTLESS = applied(CLUSTER, release("a", 0, 8191), release("b", 8192, 16_383));
const UNLED = applied(SLOTLESS, forget("a1"));
/** a1 ended and came back without data; a2 and a3 have it. */
const BACK_EMPTY = applied(CLUSTER, restart(CLUSTER, "a1"));
/** Only a2 has the data of shard a. */
const LAST_COPY = applied(BACK_EMPTY, restart(BACK_EMPTY, "a3"));
const A2_PROMOTED = applied(CLUSTER, promote(CLUSTER, "a", "a2"));

describe("slots", () => {
  test("are assigned, and the first ones bring an epoch", () => {
    const facts = applied(LONE, assign("a", 0, 16_383));
    expect(new Set(facts.slotOwners)).toEqual(new Set([shardId("a")]));
    expect([shardIn(facts, "a").epoch, facts.currentEpoch]).toEqual([1, 1]);
    const more = applied(SLOTLESS, assign("b", 5, 6));
    expect([shardIn(more, "b").epoch, more.currentEpoch]).toEqual([2, 2]);
  });

  test("are released, and those that nobody has stay so", () => {
    const facts = applied(CLUSTER, release("a", 1, 3), release("a", 0, 3));
    expect(facts.slotOwners.slice(0, 5)).toEqual([...Array(4).fill(undefined), shardId("a")]);
  });
});

describe("a node follows another shard", () => {
  test("and is not in sync; its own shard ends", () => {
    const facts = applied(SLOTLESS, replicate("b1", "a"));
    expect(nodeIn(facts, "b1").shardId).toBe(shardId("a"));
    expect(facts.shards.has(shardId("b"))).toBe(false);
    expect(isrOf(facts, "a")).toBe("a1.1 a2.1 a3.1");
  });

  test("from being a replica, and is out of the set that it leaves", () => {
    const facts = applied(CLUSTER, replicate("a2", "b"));
    expect([isrOf(facts, "a"), isrOf(facts, "b")]).toEqual(["a1.1 a3.1", "b1.1"]);
  });

  test("from a shard that nobody leads", () => {
    const facts = applied(UNLED, replicate("a2", "b"), replicate("a3", "b"));
    expect([...facts.shards.keys()]).toEqual([shardId("b")]);
  });
});

test("a replica that is detached leads a new shard with a history of its own", () => {
  const facts = applied(CLUSTER, detach("a2", "d"));
  expect(isrOf(facts, "a")).toBe("a1.1 a3.1");
  expect(shardIn(facts, "d")).toEqual({
    id: shardId("d"),
    primary: member("a2"),
    epoch: 0,
    isr: [member("a2")],
    isrVersion: 1,
    historyId: historyId("d"),
  });
});

test("the primary sets who is in sync, and each set has another version", () => {
  const { isrVersion } = shardIn(CLUSTER, "a");
  const alone = applied(CLUSTER, setIsr(CLUSTER, "a", "a1"));
  const grown = applied(alone, setIsr(alone, "a", "a1", "a3"));
  expect([isrOf(alone, "a"), isrOf(grown, "a")]).toEqual(["a1.1", "a1.1 a3.1"]);
  expect(shardIn(grown, "a").isrVersion).toBe(isrVersion + 2);
});

describe("a promotion", () => {
  // Whose lease a new primary waits for hangs on it.
  test("that was handed over stays so until the next one", () => {
    const handedOver = { ...promote(CLUSTER, "a", "a2"), isHandedOver: true } as const;
    const promoted = applied(CLUSTER, handedOver);
    expect(shardIn(promoted, "a").isHandedOver).toBe(true);
    const without = applied(promoted, setEpoch("a", promoted.currentEpoch + 1));
    expect(shardIn(without, "a").isHandedOver).toBe(true);
    const next = applied(without, promote(without, "a", "a3"));
    expect(shardIn(next, "a").isHandedOver).toBeUndefined();
  });

  test("begins a reign: the old primary leaves the set, the others stay", () => {
    expect(isrOf(A2_PROMOTED, "a")).toBe("a2.1 a3.1");
    expect(shardIn(A2_PROMOTED, "a")).toEqual({
      ...shardIn(CLUSTER, "a"),
      primary: member("a2"),
      epoch: 3,
      isr: [member("a2"), member("a3")],
      isrVersion: shardIn(CLUSTER, "a").isrVersion + 1,
    });
    expect(A2_PROMOTED.currentEpoch).toBe(3);
  });

  test("by takeover begins a history: only the new primary is in sync with it", () => {
    const facts = applied(CLUSTER, replicate("a2", "b"));
    const taken = applied(facts, takeOver(facts, "b", "a2"));
    expect(isrOf(taken, "b")).toBe("a2.1");
    expect(shardIn(taken, "b").historyId).toBe(historyId("a2f"));
    expect(isrOf(applied(CLUSTER, takeOver(CLUSTER, "a", "a2")), "a")).toBe("a2.1");
  });

  test("gives a shard back to the node whose process lost all", () => {
    const lost = applied(CLUSTER, restart(CLUSTER, "b1"));
    const facts = applied(lost, takeOver(lost, "b", "b1.2"));
    expect(isrOf(facts, "b")).toBe("b1.2");
  });
});

test("a reign gets another number", () => {
  const facts = applied(CLUSTER, setEpoch("a", 9));
  expect([shardIn(facts, "a").epoch, facts.currentEpoch]).toEqual([9, 9]);
  expect(applied(facts, setEpoch("b", 5)).currentEpoch).toBe(9);
});

test("voters are taken over from the log, and a noop changes nothing", () => {
  const voters = { kind: "voters", voters: [id("a1"), id("b1")] } as const;
  const outcome = applyLogCommand(CLUSTER, voters, 77);
  expect(outcome).toEqual({ facts: { ...CLUSTER, voters: voters.voters, version: 77 } });
  const same = { kind: "voters", voters: [id("b1")] } as const;
  expect(applyLogCommand(CLUSTER, same, 78)).toEqual({ facts: CLUSTER });
  expect(applyLogCommand(CLUSTER, { kind: "noop" }, 79)).toEqual({ facts: CLUSTER });
});

const TRUE_ALREADY: readonly (readonly [string, Facts, FactCommand])[] = [
  ["slots go to their owner", CLUSTER, assign("a", 0, 8191)],
  ["slots without an owner are released", SLOTLESS, release("a", 0, 16_383)],
  ["a replica follows its shard", CLUSTER, replicate("a2", "a")],
  ["a detached node is detached", applied(CLUSTER, detach("a2", "d")), detach("a2", "d")],
  ["the same set in another order", CLUSTER, setIsr(CLUSTER, "a", "a1", "a3", "a2")],
  ["the primary is promoted", CLUSTER, promote(CLUSTER, "a", "a1")],
  ["an epoch that it has", CLUSTER, setEpoch("a", 1)],
];

test.each(TRUE_ALREADY)("no change: %s", (_what, facts, command) => {
  const outcome = applyCommand(facts, command, 99);
  expect("facts" in outcome && outcome.facts === facts).toBe(true);
});

const OLD_SET = { ...setIsr(CLUSTER, "a", "a1"), isrVersion: 1 };
const NEW_HISTORY = { lossy: { historyId: shardIn(CLUSTER, "a").historyId } };
const A4_FOLLOWS = applied(CLUSTER, join(nodeFact("a4", { shard: "f" })), replicate("a4", "a"));

const REFUSALS: readonly (readonly [string, RefusalCode, Facts, FactCommand])[] = [
  ["slots for an unknown shard", "unknown-shard", LONE, assign("b", 0, 1)],
  ["slots for a shard without a primary", "no-primary", UNLED, assign("a", 0, 1)],
  ["slots that another has", "slot-taken", CLUSTER, assign("a", 0, 8192)],
  ["slots of an unknown shard are released", "unknown-shard", LONE, release("b", 0, 1)],
  ["slots of another are released", "not-owner", CLUSTER, release("a", 0, 8192)],
  ["an unknown node follows", "unknown-node", LONE, replicate("b1", "a")],
  [
    "a shard is followed that has other nodes by now",
    "stale",
    CLUSTER,
    { ...replicate("a2", "b"), shardSize: 2 },
  ],
  ["an unknown shard is followed", "unknown-shard", LONE, replicate("a1", "b")],
  ["a primary follows itself", "not-a-replica", CLUSTER, replicate("a1", "a")],
  ["a primary with slots follows", "not-empty", CLUSTER, replicate("b1", "a")],
  ["a primary that is followed follows", "not-empty", SLOTLESS, replicate("a1", "b")],
  ["the only copy of data follows another", "not-empty", LAST_COPY, replicate("a2", "b")],
  ["a shard without a primary is followed", "no-primary", UNLED, replicate("b1", "a")],
  ["an unknown node is detached", "unknown-node", LONE, detach("b1", "d")],
  ["a primary is detached", "not-a-replica", CLUSTER, detach("a1", "d")],
  ["a node is detached into a shard of others", "shard-taken", CLUSTER, detach("a2", "b")],
  ["the only copy of data is detached", "not-empty", LAST_COPY, detach("a2", "d")],
  ["a set for an unknown shard", "unknown-shard", LONE, setIsr(CLUSTER, "b", "b1")],
  ["a set of an older reign", "stale", A2_PROMOTED, setIsr(CLUSTER, "a", "a1", "a2")],
  ["a set that follows an older one", "stale", CLUSTER, OLD_SET],
  ["a set without a member", "stale", CLUSTER, setIsr(CLUSTER, "a")],
  ["a set that begins with a replica", "stale", CLUSTER, setIsr(CLUSTER, "a", "a2", "a1")],
  ["a set with a node twice", "not-in-sync", CLUSTER, setIsr(CLUSTER, "a", "a1", "a2", "a2")],
  ["a set with an unknown node", "unknown-node", CLUSTER, setIsr(CLUSTER, "a", "a1", "d1")],
  ["a set with a node of another shard", "not-in-sync", CLUSTER, setIsr(CLUSTER, "a", "a1", "b1")],
  ["a set with an old process", "stale", LAST_COPY, setIsr(LAST_COPY, "a", "a1", "a3")],
  ["a set by a dead primary", "stale", BACK_EMPTY, setIsr(BACK_EMPTY, "a", "a1")],
  ["a promotion in an unknown shard", "unknown-shard", LONE, promote(CLUSTER, "b", "b1")],
  ["a promotion in an older reign", "stale", A2_PROMOTED, promote(CLUSTER, "a", "a3")],
  ["an unknown node is promoted", "unknown-node", CLUSTER, promote(CLUSTER, "a", "d1")],
  ["a node of another shard is promoted", "not-in-sync", CLUSTER, promote(CLUSTER, "a", "b1")],
  ["an old process is promoted", "stale", LAST_COPY, promote(LAST_COPY, "a", "a3")],
  [
    "a process that lost all is promoted",
    "not-in-sync",
    BACK_EMPTY,
    promote(BACK_EMPTY, "a", "a1.2"),
  ],
  ["a node out of sync is promoted", "not-in-sync", A4_FOLLOWS, promote(A4_FOLLOWS, "a", "a4")],
  [
    "a takeover in the old history",
    "stale",
    CLUSTER,
    { ...promote(CLUSTER, "a", "a2"), ...NEW_HISTORY },
  ],
  ["an epoch for an unknown shard", "unknown-shard", LONE, setEpoch("b", 1)],
  ["an epoch that another has", "epoch-taken", CLUSTER, setEpoch("a", 2)],
  ["a lower epoch", "stale", CLUSTER, setEpoch("b", 1)],
  ["a bogus epoch", "epoch-too-high", CLUSTER, setEpoch("a", 3 + EPOCH_JUMP_MAX)],
];

test.each(REFUSALS)("refused: %s (%s)", (_what, code, facts, command) => {
  expect(applyCommand(facts, command, 99)).toMatchObject({ refusal: { code } });
});
