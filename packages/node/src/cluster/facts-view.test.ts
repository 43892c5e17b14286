import { NO_FACTS } from "@slotcast/control";
import { describe, expect, test } from "vitest";
import { FactsView, type ViewParts } from "./facts-view.ts";
import { SELF_STATE, type PeerState } from "./peer-state.ts";
import { ReplicaAvailability } from "./replica-availability.ts";
import { rumouredState, type PeerRumours } from "./rumoured-state.ts";
import {
  applied,
  founded,
  id,
  inSync,
  joined,
  nodeFact,
  replicating,
  shardId,
  twoShards,
  withSlots,
} from "./test-facts.ts";

function viewOf(name: string, parts: Partial<ViewParts> = {}): FactsView {
  return new FactsView({
    self: nodeFact(name),
    facts: twoShards(),
    hasQuorum: true,
    isServing: true,
    requiresFullCoverage: true,
    ...parts,
  });
}

describe("a view of facts", () => {
  test("has roles, primaries, slots and epochs of all nodes", () => {
    const { nodes, self, selfId, currentEpoch, slotsAssigned } = viewOf("a2");
    expect([...nodes.keys()]).toEqual(["a1", "b1", "a2"].map(id));
    expect(nodes.get(id("a1"))).toEqual({
      id: id("a1"),
      shardId: shardId("a"),
      role: "primary",
      primaryId: undefined,
      address: { host: "127.0.0.1", port: 7161 },
      busPort: 17_161,
      hostname: "",
      nodeName: "",
      configEpoch: 1,
      slots: [{ first: 0, last: 8191 }],
    });
    expect(selfId).toBe(id("a2"));
    expect(self).toMatchObject({ role: "replica", primaryId: id("a1"), configEpoch: 1, slots: [] });
    expect([currentEpoch, slotsAssigned]).toEqual([2, 16_384]);
  });

  test("says who owns a slot, and whom this node follows", () => {
    const view = viewOf("a2");
    expect([0, 8191, 8192].map((slot) => view.ownerOf(slot))).toEqual([
      id("a1"),
      id("a1"),
      id("b1"),
    ]);
    expect(view.followedId).toBe(id("a1"));
    expect(viewOf("a1").followedId).toBeUndefined();
    expect(viewOf("a1", { facts: NO_FACTS }).ownerOf(0)).toBeUndefined();
  });

  test("shows a node that the facts do not know as an empty primary, alone or beside the others", () => {
    const lone = viewOf("d1", { facts: NO_FACTS });
    expect([...lone.nodes.keys()]).toEqual([id("d1")]);
    expect(lone.self).toMatchObject({ role: "primary", configEpoch: 0, slots: [] });
    expect([...viewOf("d1").nodes.keys()]).toEqual(["a1", "b1", "a2", "d1"].map(id));
    // Its shard's id is another's by chance, or by forgery.
    const odd = viewOf("d1", { self: nodeFact("d1", { shardId: shardId("a") }) });
    expect(odd.self).toMatchObject({ role: "primary", slots: [] });
  });

  test("shows a replica whose primary was forgotten as one that follows nobody", () => {
    let facts = withSlots(founded(nodeFact("b1")), "b", 0, 16_383);
    facts = replicating(joined(joined(facts, "a1", "a"), "a2"), "a2", "a");
    facts = applied(facts, { kind: "forget", nodeId: id("a1"), byReset: false });
    expect(viewOf("a2", { facts }).self).toMatchObject({ role: "replica", primaryId: undefined });
  });
});

describe("the state", () => {
  const half = withSlots(founded(nodeFact("a1")), "a", 0, 8191);

  test.each([
    ["is ok with all slots and a majority", {}, "ok"],
    ["is down without a majority", { hasQuorum: false }, "down"],
    ["is down with slots missing", { facts: half }, "down"],
    [
      "is ok with slots missing where that may be",
      { facts: half, requiresFullCoverage: false },
      "ok",
    ],
    ["is down without any slot", { facts: NO_FACTS, requiresFullCoverage: false }, "down"],
  ] as const)("%s", (_name, parts, state) => {
    expect(viewOf("a1", parts).state).toBe(state);
  });

  test("does not hang on this node's own part", () => {
    const view = viewOf("a1", { isServing: false });
    expect([view.state, view.isServing]).toEqual(["ok", false]);
  });
});

describe("a change", () => {
  test("is a new version, and nothing else is", () => {
    const view = viewOf("a1");
    const facts = twoShards();
    const versions = [
      {},
      { hasQuorum: true },
      { hasQuorum: false },
      { hasQuorum: true, isServing: false },
      { requiresFullCoverage: true },
      { requiresFullCoverage: false },
      { facts },
      { facts },
      { self: nodeFact("a1", { hostname: "h" }) },
    ].map((changes) => {
      view.update(changes);
      return view.version;
    });
    expect(versions).toEqual([1, 1, 2, 3, 3, 4, 5, 5, 6]);
  });

  test("of the facts is seen everywhere", () => {
    const view = viewOf("a2");
    const facts = twoShards();
    const epoch = facts.shards.get(shardId("a"))?.epoch ?? 0;
    const member = { nodeId: id("a2"), incarnation: 1 };
    const promoted = applied(facts, { kind: "promote", shardId: shardId("a"), epoch, member });
    view.update({ facts: promoted });
    expect(view.self).toMatchObject({ role: "primary", slots: [{ first: 0, last: 8191 }] });
    expect(view.nodes.get(id("a1"))).toMatchObject({ role: "replica", primaryId: id("a2") });
    expect([view.ownerOf(0), view.followedId, view.currentEpoch]).toEqual([id("a2"), undefined, 3]);
    const range = { first: 0, last: 99 };
    const fewer = applied(promoted, {
      kind: "release-slots",
      shardId: shardId("a"),
      slots: [range],
    });
    view.update({ facts: fewer });
    expect([view.slotsAssigned, view.ownerOf(99), view.state]).toEqual([16_284, undefined, "down"]);
    expect(view.self.slots).toEqual([{ first: 100, last: 8191 }]);
  });
});

describe("what is said of a node", () => {
  const facts = {
    ...replicating(joined(twoShards(), "a3"), "a3", "a"),
    voters: ["a1", "b1", "a2"].map(id),
  };
  const historyId = facts.shards.get(shardId("a"))?.historyId ?? "";

  function rumours(changes: Partial<PeerRumours> = {}): PeerRumours {
    return {
      isSuspected: () => false,
      reportersOf: () => [],
      progress: () => undefined,
      ...changes,
    };
  }

  test("it has failed when most voters say so, not when many others do", () => {
    const reported = (...names: readonly string[]): boolean =>
      rumouredState(id("a3"), facts, rumours({ reportersOf: () => names.map(id) })).isFailed;
    expect(reported("a1")).toBe(false);
    expect(reported("a1", "d1", "d2", "d3")).toBe(false);
    expect(reported("a1", "b1")).toBe(true);
  });

  test("a replica is loading until it is in sync, or has a copy of this history", () => {
    const isLoading = (name: string, progress?: { historyId: string; offset: number }): boolean =>
      rumouredState(id(name), facts, rumours({ progress: () => progress })).isLoading;
    expect([isLoading("a1"), isLoading("a2"), isLoading("b1")]).toEqual([false, false, false]);
    expect(isLoading("a3")).toBe(true);
    expect(isLoading("a3", { historyId: id("4fff"), offset: 9 })).toBe(true);
    expect(isLoading("a3", { historyId, offset: 9 })).toBe(false);
    const synced = inSync(facts, "a", "a1", "a2", "a3");
    expect(rumouredState(id("a3"), synced, rumours()).isLoading).toBe(false);
    expect(isLoading("d1")).toBe(false);
  });

  test("its offset is what it said last", () => {
    const progress = (): { historyId: string; offset: number } => ({ historyId, offset: 42 });
    expect(rumouredState(id("a2"), facts, rumours({ progress }))).toEqual({
      isSuspected: false,
      isFailed: false,
      isLoading: false,
      replicationOffset: 42,
    });
    expect(rumouredState(id("a2"), facts, rumours()).replicationOffset).toBe(0);
  });
});

test("which replicas are available is looked at now and then: a change is a new version", () => {
  const availability = new ReplicaAvailability();
  const view = viewOf("a1");
  const review = (states: Record<string, Partial<PeerState>>): number => {
    availability.review(view, (nodeId) => ({ ...SELF_STATE, ...states[nodeId] }));
    return availability.version;
  };
  expect(review({})).toBe(1);
  expect(review({ [id("a1")]: { isFailed: true } })).toBe(1);
  expect(review({ [id("a2")]: { isFailed: true } })).toBe(2);
  expect(review({ [id("a2")]: { isLoading: true } })).toBe(2);
  expect(review({ [id("a2")]: { isSuspected: true } })).toBe(3);
});
