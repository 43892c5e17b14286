import { NO_FACTS, type Facts } from "@slotcast/control";
import { describe, expect, test } from "vitest";
import { stateOf, clusterStatus, type StatusSources } from "./cluster-status.ts";
import { SELF_STATE, type PeerState } from "./peer-state.ts";
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

// Goal: an operator who reads one status knows what is wrong with a cluster, and what is not.

interface Changes extends Partial<Omit<StatusSources, "peerState">> {
  readonly states?: Readonly<Record<string, Partial<PeerState>>>;
  /** Where each log ends, by name. */
  readonly offsets?: Readonly<Record<string, number>>;
}

const HISTORY_A = id("4000");
const NO_REPORT: StatusSources["replication"] = {
  historyId: HISTORY_A,
  offset: 1000,
  commitOffset: 990,
  inSyncCount: 1,
  backlog: { sizeBytesMax: 1, firstOffset: 0, keptBytes: 0 },
  replicas: [],
  link: { state: "connected", sinceMs: 0 },
};

/** As `a1` of two shards sees it, all well. */
function sources(changes: Changes = {}): StatusSources {
  const { states = {}, offsets = {}, ...rest } = changes;
  const facts = rest.facts ?? threeVoters(twoShards());
  const byId = new Map(Object.entries(states).map(([name, state]) => [id(name), state]));
  return {
    selfId: id("a1"),
    rumours: {
      isSuspected: (nodeId) => byId.get(nodeId)?.isSuspected === true,
      reportersOf: (nodeId) => (byId.get(nodeId)?.isSuspected === true ? [id("b1")] : []),
      progress: (nodeId) => {
        const name = Object.keys(offsets).find((one) => id(one) === nodeId);
        const historyId = facts.shards.get(facts.nodes.get(nodeId)?.shardId ?? "")?.historyId;
        const offset = offsets[name ?? ""];
        return offset === undefined || historyId === undefined ? undefined : { historyId, offset };
      },
    },
    replication: NO_REPORT,
    leaderId: id("a1"),
    hasQuorum: true,
    minIsr: 1,
    requiresFullCoverage: true,
    peerState: (nodeId) => ({ ...SELF_STATE, ...byId.get(nodeId) }),
    addressOf: (nodeId) => ({ host: "127.0.0.1", port: facts.nodes.get(nodeId)?.port ?? 0 }),
    ...rest,
    facts,
  };
}

/** Two shards with a replica each, in sync. */
function twoPairs(): Facts {
  return inSync(replicating(joined(twoShards(), "b2"), "b2", "b"), "b", "b1", "b2");
}

/** With as many voters as nodes want. */
function threeVoters(facts: Facts): Facts {
  return { ...facts, voters: [...facts.nodes.keys()].slice(0, 3) };
}

function problemsOf(changes: Changes): string[] {
  const facts = threeVoters(changes.facts ?? twoPairs());
  const { problems } = clusterStatus(sources({ ...changes, facts }));
  return problems.map(({ code, text }) => `${code}: ${text}`);
}

describe("shards and their nodes", () => {
  test("come in the order of their slots, the primary first", () => {
    const status = clusterStatus(sources({ facts: threeVoters(joined(twoPairs(), "c1", "c")) }));
    expect(
      status.shards.map(({ slots, nodes }) => [
        slots.join(" "),
        ...nodes.map(({ id: nodeId, role }) => `${nodeId.slice(-2)} ${role}`),
      ]),
    ).toEqual([
      ["0,8191", "a1 primary", "a2 replica"],
      ["8192,16383", "b1 primary", "b2 replica"],
      ["", "c1 primary"],
    ]);
    expect(status).toMatchObject({
      state: "ok",
      problems: [],
      slotsAssigned: 16_384,
      self: id("a1"),
      voters: { wanted: 3, leader: id("a1"), hasQuorum: true },
    });
  });

  test("a replica lags by what it has said, or acknowledged to the node that is asked", () => {
    const offsets = { a1: 1000, a2: 900, b1: 500, b2: 480 };
    const lags = (changes: Changes): (readonly [number | null, number | null])[] =>
      clusterStatus(sources({ facts: twoPairs(), offsets, ...changes }))
        .shards.flatMap(({ nodes }) => nodes)
        .map(({ lagBytes, lagMs }) => [lagBytes, lagMs] as const);
    expect(lags({})).toEqual([
      [null, null],
      [100, null],
      [null, null],
      [20, null],
    ]);
    const replica = { nodeId: id("a2"), state: "online", offset: 970, lagMs: 3.4 } as const;
    expect(lags({ replication: { ...NO_REPORT, replicas: [replica] } })[1]).toEqual([30, 3]);
    expect(lags({ offsets: { a1: 1000 } })[1]).toEqual([null, null]);
    expect(lags({ offsets: { a1: 900, a2: 1000 } })[1]).toEqual([0, null]);
  });
});

describe("problems", () => {
  test("a cluster that is well has none", () => {
    expect(problemsOf({})).toEqual([]);
  });

  test("a node without a cluster", () => {
    expect(problemsOf({ facts: NO_FACTS })).toEqual(["no-cluster: this node is in no cluster yet"]);
  });

  test("no quorum, and nobody who leads", () => {
    expect(problemsOf({ hasQuorum: false, leaderId: undefined })).toEqual([
      "no-quorum: no majority of the 3 voters is heard: nothing can be decided",
    ]);
    expect(problemsOf({ leaderId: undefined })).toEqual([
      "no-leader: nobody leads the voters just now",
    ]);
  });

  test("fewer voters than the nodes want, unless none is heard anyway", () => {
    const few = { ...twoPairs(), voters: [id("a1")] };
    const codes = (facts: Facts, hasQuorum = true): string[] =>
      clusterStatus(sources({ facts, hasQuorum })).problems.map(({ code }) => code);
    expect(codes(few)).toEqual(["few-voters"]);
    expect(codes(few, false)).toEqual(["no-quorum"]);
    expect(codes({ ...few, voters: [id("a1"), id("b1"), id("b2")] })).toEqual([]);
    // Of two nodes one votes: two would be lost with either.
    const pair = { ...withSlots(joined(founded(nodeFact("a1")), "b1", "b"), "a", 0, 16_383) };
    expect(codes(pair)).toEqual(["no-replica"]);
  });

  test("slots without an owner", () => {
    const facts = applied(twoPairs(), {
      kind: "release-slots",
      shardId: shardId("b"),
      slots: [
        { first: 9000, last: 9000 },
        { first: 16_000, last: 16_383 },
      ],
    });
    expect(problemsOf({ facts })).toEqual([
      "slots-uncovered: nobody owns the slots 9000 16000-16383: the cluster serves nothing",
    ]);
    expect(problemsOf({ facts, requiresFullCoverage: false })).toEqual([
      "slots-uncovered: nobody owns the slots 9000 16000-16383",
    ]);
  });

  test("a shard with one copy", () => {
    expect(problemsOf({ facts: twoShards() })).toEqual([
      "no-replica: no replica: this shard has one copy of its data",
    ]);
    // Nothing is lost with a shard that has no slots.
    const empty = joined(founded(nodeFact("a1")), "b1", "b");
    expect(
      problemsOf({ facts: withSlots(empty, "a", 0, 16_383) }).map((line) => line.split(":")[0]),
    ).toEqual(["no-replica"]);
  });

  test("a replica that is not in sync, and a set below min-isr", () => {
    const facts = inSync(twoPairs(), "a", "a1");
    expect(problemsOf({ facts })).toEqual([
      "not-in-sync: 127.0.0.1:7162 is not in sync: it cannot take over",
    ]);
    expect(problemsOf({ facts, minIsr: 2 })).toEqual([
      "isr-below-min: 1 in sync, min-isr is 2: writes are refused",
      "not-in-sync: 127.0.0.1:7162 is not in sync: it cannot take over",
    ]);
  });

  test("nodes that are suspected or have failed, a primary among them", () => {
    expect(problemsOf({ states: { a2: { isSuspected: true } } })).toEqual([
      "node-suspected: 127.0.0.1:7162 is suspected: nothing was heard of it",
    ]);
    expect(problemsOf({ states: { b1: { isSuspected: true, isFailed: true } } })).toEqual([
      "no-primary: its primary 127.0.0.1:7177 has failed: its slots are not served",
      "node-failed: 127.0.0.1:7177 has failed: most voters do not hear of it",
    ]);
  });

  test("a primary whose process has started again is in no set, and serves nothing", () => {
    const { shardId: _, ...node } = nodeFact("b1", { incarnation: 2, name: "node-3" });
    const facts = applied(twoPairs(), { kind: "update-node", node });
    expect(problemsOf({ facts })).toEqual([
      "no-primary: its primary node-3 came back empty: its slots are not served",
    ]);
    const status = clusterStatus(sources({ facts }));
    expect(status.shards[1]?.nodes[0]).toMatchObject({ name: "node-3", isInSync: false });
  });

  test("an error is worse than a warning", () => {
    const [warning, error] = (["warning", "error"] as const).map((severity) => ({
      code: "no-leader" as const,
      severity,
      text: "",
    }));
    if (warning === undefined || error === undefined) throw new Error("two problems");
    expect([[], [warning], [warning, error]].map(stateOf)).toEqual(["ok", "degraded", "down"]);
  });
});
