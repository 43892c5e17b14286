import { describe, expect, test } from "vitest";
import { Control } from "./control.ts";
import { LEASE_MARGIN_MS, LEASE_MS, PROPOSAL_RETRY_MS } from "./limits.ts";
import { TestCluster } from "./test-cluster.ts";
import { join, promote } from "./test-commands.ts";
import { clusterOf, withVoters } from "./test-facts.ts";
import { historyId, id, isrOf, member, nodeFact, nodeIn, shardId, shardIn } from "./test-names.ts";
import { NO_RUMOURS } from "./test-rumours.ts";

// Goal: nodes that hold on to what Control says agree, hear of each change at once, and replace a primary when most
// voters want it and none of them has promised otherwise.

const THREE_SHARDS = withVoters(
  clusterOf(["a1", "a2"], ["b1", "b2"], ["c1", "c2"]),
  "a1",
  "b1",
  "c1",
);
const NAMES = ["a1", "a2", "b1", "b2", "c1", "c2"];

function led(cluster = TestCluster.of(THREE_SHARDS)): TestCluster {
  cluster.until("a leader", () => cluster.hasLeader);
  for (const name of NAMES) {
    const { shardId: its, incarnation } = nodeIn(THREE_SHARDS, name);
    const shard = THREE_SHARDS.shards.get(its);
    if (shard === undefined) throw new Error("no shard");
    const { historyId: history, epoch } = shard;
    cluster.progress.set(id(name), { incarnation, historyId: history, epoch, offset: 100 });
  }
  cluster.run(LEASE_MS);
  return cluster;
}

function nameOf(nodeId: string): string {
  return NAMES.find((name) => id(name) === nodeId) ?? "nobody";
}

describe("a change", () => {
  const NEW_EPOCH = { kind: "set-epoch", shardId: shardId("b"), epoch: 77 } as const;

  test.each(NAMES)("that %s asks for is answered and known to all, voters and others", (name) => {
    const cluster = led();
    const proposal = cluster.propose(name, NEW_EPOCH);
    cluster.until("an answer", () => cluster.outcome(name, proposal) !== undefined);
    expect(cluster.outcome(name, proposal)).toMatchObject({ kind: "accepted" });
    // Who is told that it is so can see it.
    expect(shardIn(cluster.facts(name), "b").epoch).toBe(77);
    const tookMs = cluster.until("all know", () =>
      NAMES.every((each) => shardIn(cluster.facts(each), "b").epoch === 77),
    );
    expect(tookMs).toBeLessThan(10);
    const versions = new Set(NAMES.map((each) => cluster.facts(each).version));
    expect(versions.size).toBe(1);
  });

  // Two of the three orders begin with a voter that does not lead.
  test.each(["a1 b1 c1", "b1 c1 a1", "c1 a1 b1"])(
    "that a node asks the voters %s for, knowing no leader, needs no second try",
    (order) => {
      const voters = order.split(" ").map(id);
      const cluster = led(TestCluster.of({ ...THREE_SHARDS, voters }));
      const proposal = cluster.propose("a2", NEW_EPOCH);
      const isAnswered = (): boolean => cluster.outcome("a2", proposal) !== undefined;
      expect(cluster.until("an answer", isAnswered)).toBeLessThan(PROPOSAL_RETRY_MS);
    },
  );

  test("that makes no sense any more is refused with the reason", () => {
    const cluster = led();
    const proposal = cluster.propose("c2", { ...NEW_EPOCH, epoch: 0 });
    cluster.until("an answer", () => cluster.outcome("c2", proposal) !== undefined);
    expect(cluster.outcome("c2", proposal)).toMatchObject({ kind: "refused" });
  });

  test("is made once the leader that took it with it has a successor", () => {
    const cluster = led();
    const leader = nameOf(cluster.leaderId);
    cluster.crash(leader);
    const proposal = cluster.propose("a2", NEW_EPOCH);
    cluster.until("an answer", () => cluster.outcome("a2", proposal) !== undefined);
    expect(cluster.outcome("a2", proposal)).toMatchObject({ kind: "accepted" });
  });

  test("without a majority of the voters is given up, and not made behind the back", () => {
    const cluster = led();
    const leader = nameOf(cluster.leaderId);
    for (const other of ["a1", "b1", "c1"]) if (other !== leader) cluster.crash(other);
    const proposal = cluster.propose(leader, NEW_EPOCH);
    cluster.until("it gives up", () => cluster.outcome(leader, proposal) !== undefined, 15_000);
    expect(cluster.outcome(leader, proposal)).toEqual({ kind: "timed-out" });
    expect(shardIn(cluster.facts(leader), "b").epoch).not.toBe(77);
  });

  test("that a node missed is learned when it hears of a newer version", () => {
    const cluster = led();
    for (const name of NAMES) cluster.cut.add(`${id(name)}>${id("b2")}`);
    const proposal = cluster.propose("a1", NEW_EPOCH);
    cluster.until("an answer", () => cluster.outcome("a1", proposal) !== undefined);
    cluster.run(100);
    expect(shardIn(cluster.facts("b2"), "b").epoch).not.toBe(77);
    cluster.cut.clear();
    cluster.control("b2").heardVersion(id("c2"), cluster.facts("c2").version, cluster.nowMs);
    cluster.until("it knows", () => shardIn(cluster.facts("b2"), "b").epoch === 77, 100);
  });

  test("survives the restart of all voters at once", () => {
    const cluster = led();
    const proposal = cluster.propose("a1", NEW_EPOCH);
    cluster.until("an answer", () => cluster.outcome("a1", proposal) !== undefined);
    for (const name of ["a1", "b1", "c1"]) cluster.crash(name);
    for (const name of ["a1", "b1", "c1"]) cluster.restart(name);
    const restarted = ["a1", "b1", "c1"].map((name) => cluster.control(name));
    const tookMs = cluster.until("they know again", () =>
      restarted.every(({ facts }) => facts.currentEpoch === 77),
    );
    expect(tookMs).toBeLessThan(2000);
  });
});

test("a voter is forgotten once another votes in its place", () => {
  const cluster = led(TestCluster.of(withVoters(THREE_SHARDS, "a1", "b1", "c2")));
  const proposal = cluster.propose("b2", { kind: "forget", nodeId: id("c2"), byReset: false });
  cluster.until("an answer", () => cluster.outcome("b2", proposal) !== undefined);
  expect(cluster.outcome("b2", proposal)).toMatchObject({ kind: "accepted" });
  const { voters, nodes } = cluster.facts("b2");
  expect(nodes.has(id("c2"))).toBe(false);
  expect(voters).not.toContain(id("c2"));
  expect(voters).toHaveLength(3);
});

/** All but a2 vote, one of them leads, and all are known to be there. */
function threeVotersOfFour(): { cluster: TestCluster; leader: string; others: [string, string] } {
  const voters = ["a1", "b1", "b2"];
  const cluster = TestCluster.of(withVoters(clusterOf(["a1", "a2"], ["b1", "b2"]), ...voters));
  cluster.until("a leader", () => cluster.hasLeader);
  cluster.run(LEASE_MS);
  const leader = voters.find((name) => id(name) === cluster.leaderId) ?? "";
  const [one = "", other = ""] = voters.filter((name) => name !== leader);
  return { cluster, leader, others: [one, other] };
}

test("a new leader does not count the last one as there, whom nobody suspects yet", () => {
  const { cluster, leader: last, others } = threeVotersOfFour();
  const [one] = others;
  // For good, and with it the only one that could vote in its place.
  cluster.crash(last);
  cluster.crash("a2");
  cluster.until("a new leader", () => cluster.hasLeader);
  cluster.propose(one, { kind: "forget", nodeId: id(last), byReset: false });
  cluster.until("it votes no more", () => !cluster.facts(one).voters.includes(id(last)));
  expect(cluster.facts(one).voters).not.toContain(id(last));
});

test("a voter that is forgotten right after it died is not counted as there", () => {
  const { cluster, leader, others } = threeVotersOfFour();
  const [dead, other] = others;
  cluster.crash(dead);
  cluster.crash("a2");
  cluster.propose(leader, { kind: "forget", nodeId: id(dead), byReset: false });
  cluster.until("it votes no more", () => !cluster.facts(other).voters.includes(id(dead)));
  expect(cluster.facts(leader).voters).not.toContain(id(dead));
});

test("a stranger is let in by any node that it asks, and all know it", () => {
  const cluster = led();
  const stranger = nodeFact("d1");
  cluster.add(stranger.id, {
    ...THREE_SHARDS,
    version: 0,
    clusterId: "",
    nodes: new Map(),
    voters: [],
  });
  const proposal = cluster.propose("d1", { ...join(stranger), historyId: historyId("d") }, "b2");
  cluster.until("it is in", () => cluster.facts("d1").nodes.has(stranger.id));
  cluster.until("it hears so", () => cluster.outcome("d1", proposal)?.kind === "accepted");
  expect(NAMES.every((name) => cluster.facts(name).nodes.has(stranger.id))).toBe(true);
});

describe("a lease", () => {
  test("is held by every primary with slots while most voters answer", () => {
    const cluster = led();
    for (const name of ["a1", "b1", "c1"]) {
      expect(cluster.control(name).leaseEndMs).toBeGreaterThan(cluster.nowMs + LEASE_MS / 2);
    }
    expect(cluster.control("a2").leaseEndMs).toBe(-Infinity);
  });

  test("ends for a primary that most voters do not hear", () => {
    const cluster = led();
    for (const name of ["b1", "c1"]) cluster.cut.add(`${id("a1")}>${id(name)}`);
    cluster.run(LEASE_MS + 10);
    expect(cluster.control("a1").leaseEndMs).toBeLessThan(cluster.nowMs);
    expect(cluster.control("b1").leaseEndMs).toBeGreaterThan(cluster.nowMs);
  });

  // Its clients wait for it. Neither a tick nor a renewal may pass first, whether it is a voter or not.
  test.each(["a1", "b1", "c1"])("of the successor of %s is held at once", (victim) => {
    const cluster = led();
    const successor = `${victim.slice(0, 1)}2`;
    cluster.crash(victim);
    cluster.gone.add(id(victim));
    for (const name of NAMES) {
      if (name !== victim) cluster.control(name).peerGone(id(victim), cluster.nowMs);
    }
    const isPrimary = (): boolean => {
      const { primary } = shardIn(cluster.facts(successor), victim.slice(0, 1));
      return primary?.nodeId === id(successor);
    };
    cluster.until("it is the primary", isPrimary);
    const tookMs = cluster.until(
      "its lease",
      () => cluster.control(successor).leaseEndMs > cluster.nowMs,
    );
    expect(tookMs).toBeLessThan(10);
  });

  test("is there when the reign of a replica that was prepared begins", () => {
    const cluster = led();
    const facts = cluster.facts("a1");
    cluster.control("a1").prepare(id("a2"), cluster.nowMs);
    cluster.run(30);
    const command = { ...promote(facts, "a", "a2"), isHandedOver: true } as const;
    const proposal = cluster.propose("a1", command);
    cluster.until("it leads", () => shardIn(cluster.facts("a2"), "a").primary?.nodeId === id("a2"));
    expect(cluster.control("a2").leaseEndMs).toBeGreaterThan(cluster.nowMs);
    cluster.until("the answer", () => cluster.outcome("a1", proposal)?.kind === "accepted");
    expect(shardIn(cluster.facts("c2"), "a").isHandedOver).toBe(true);
  });

  test("that no voter could give yet is asked for again soon", () => {
    const cluster = led();
    const links = ["b1", "c1"].map((name) => `${id(name)}>${id("a1")}`);
    for (const link of links) cluster.cut.add(link);
    cluster.run(LEASE_MS + 10);
    for (const link of links) cluster.cut.delete(link);
    const { leaseEndMs } = cluster.control("a1");
    expect(leaseEndMs).toBeLessThan(cluster.nowMs);
    const tookMs = cluster.until(
      "its lease",
      () => cluster.control("a1").leaseEndMs > cluster.nowMs,
    );
    expect(tookMs).toBeLessThan(50);
  });
});

describe("a primary", () => {
  test("whose process is gone is replaced at once by its replica in sync", () => {
    const cluster = led();
    const leader = nameOf(cluster.leaderId);
    const victim = leader === "b1" ? "c1" : "b1";
    const shard = victim.slice(0, 1);
    cluster.crash(victim);
    cluster.gone.add(id(victim));
    const tookMs = cluster.until(
      "its successor",
      () => shardIn(cluster.facts("a2"), shard).primary?.nodeId === id(`${shard}2`),
    );
    expect(tookMs).toBeLessThan(100);
    expect(isrOf(cluster.facts("a2"), shard)).toBe(`${shard}2.1`);
  });

  test("that led the voters too is replaced after an election", () => {
    const cluster = led();
    const victim = nameOf(cluster.leaderId);
    const shard = victim.slice(0, 1);
    cluster.crash(victim);
    cluster.gone.add(id(victim));
    for (const name of NAMES) {
      if (name !== victim) cluster.control(name).peerGone(id(victim), cluster.nowMs);
    }
    const tookMs = cluster.until(
      "its successor",
      () => shardIn(cluster.facts(`${shard}2`), shard).primary?.nodeId === id(`${shard}2`),
    );
    expect(tookMs).toBeLessThan(250);
  });

  test("that is only silent is replaced when its lease has run out, and not before", () => {
    const cluster = led();
    const leader = nameOf(cluster.leaderId);
    const victim = leader === "b1" ? "c1" : "b1";
    const shard = victim.slice(0, 1);
    cluster.crash(victim);
    cluster.suspected.add(id(victim));
    const crashedAtMs = cluster.nowMs;
    const { leaseEndMs } = cluster.control(victim);
    cluster.until(
      "its successor",
      () => shardIn(cluster.facts("a2"), shard).primary?.nodeId !== id(victim),
    );
    expect(cluster.nowMs).toBeGreaterThan(leaseEndMs);
    expect(cluster.nowMs - crashedAtMs).toBeLessThan(LEASE_MS + LEASE_MARGIN_MS + 200);
  });

  test("that one voter alone misses stays, and keeps its lease", () => {
    const cluster = led();
    cluster.cut.add(`${id("a1")}>${id("b1")}`);
    cluster.cut.add(`${id("b1")}>${id("a1")}`);
    cluster.run(3000);
    expect(shardIn(cluster.facts("c2"), "a").primary).toEqual(member("a1"));
    expect(cluster.control("a1").leaseEndMs).toBeGreaterThan(cluster.nowMs);
  });

  test("without a replica in sync stays, whoever misses it", () => {
    const facts = withVoters(clusterOf(["a1"], ["b1", "b2"], ["c1", "c2"]), "b1", "b2", "c1");
    const cluster = TestCluster.of(facts);
    cluster.until("a leader", () => cluster.hasLeader);
    cluster.crash("a1");
    cluster.gone.add(id("a1"));
    cluster.run(3000);
    expect(shardIn(cluster.facts("b1"), "a").primary).toEqual(member("a1"));
  });
});

test.each([
  ["lacks what this node knows to be committed gets no", -1, []],
  ["has it gets its", 0, [true]],
])("a candidate that %s vote, though this node has no log", (_which, missing, granted) => {
  const control = new Control({
    self: member("d1"),
    rumours: NO_RUMOURS,
    random: () => 0,
    nowMs: 0,
    savedFacts: THREE_SHARDS,
  });
  const lastIndex = THREE_SHARDS.version + missing;
  const request = { kind: "vote-request", term: 9, isPreVote: false, lastTerm: 8 } as const;
  const message = { ...request, lastIndex, isLeaderGone: true };
  control.receive(id("b1"), { kind: "raft", message }, 1);
  for (const action of control.takeActions()) if (action.do === "persist") control.persisted(2);
  const answers = control.takeActions().flatMap((action) => {
    const raft = action.do === "send" && action.message.kind === "raft" && action.message.message;
    return raft !== false && raft.kind === "vote" ? [raft.isGranted] : [];
  });
  expect(answers).toEqual(granted);
});
