import { NO_FACTS } from "@slotcast/control";
import { ascii, EMPTY } from "@slotcast/protocol";
import { describe, expect, test } from "vitest";
import {
  applied,
  founded,
  id,
  joined,
  nodeFact,
  replicating,
  shardId,
  twoShards,
  withSlots,
} from "../../cluster/test-facts.ts";
import { SocketlessNode } from "../socketless-node.ts";
import { decided, FactsCluster } from "./facts-cluster.ts";

// Goal: the commands that change a cluster answer as Redis 7.0.15 does, byte for byte, in its order of checks: the
// tables below were recorded from one. What Redis' nodes decide alone is decided by all of them here.

const NOBODY = "f".repeat(40);

function alone(): FactsCluster {
  return new FactsCluster("a1", founded(nodeFact("a1")));
}

/** Of a cluster of two shards: the primary a1, its replica a2, or the other primary b1. */
function nodeOfTwo(name: string): FactsCluster {
  return new FactsCluster(name, twoShards());
}

function slotsOf(cluster: FactsCluster, name: string): string {
  const { slots = [] } = cluster.view.nodes.get(id(name)) ?? {};
  return slots.map(({ first, last }) => `${first}-${last}`).join(" ");
}

describe("ADDSLOTS and DELSLOTS", () => {
  test("give slots to this node and take them away, all at once", async () => {
    const cluster = alone();
    expect(await cluster.ask("CLUSTER ADDSLOTS 5 1 2 9")).toBe("+OK");
    expect(await cluster.ask("CLUSTER ADDSLOTSRANGE 100 200 300 300")).toBe("+OK");
    expect(slotsOf(cluster, "a1")).toBe("1-2 5-5 9-9 100-200 300-300");
    expect(await cluster.ask("CLUSTER DELSLOTS 2 5")).toBe("+OK");
    expect(await cluster.ask("CLUSTER DELSLOTSRANGE 100 198")).toBe("+OK");
    expect(slotsOf(cluster, "a1")).toBe("1-1 9-9 199-200 300-300");
    expect(await cluster.ask("CLUSTER FLUSHSLOTS", "CLUSTER FLUSHSLOTS")).toBe("+OK +OK");
    expect(slotsOf(cluster, "a1")).toBe("");
  });

  test.each([
    ["ADDSLOTS", "wrong number of arguments for 'cluster|addslots' command"],
    ["ADDSLOTS x", "Invalid or out of range slot"],
    ["ADDSLOTS -1", "Invalid or out of range slot"],
    ["ADDSLOTS 16384", "Invalid or out of range slot"],
    ["ADDSLOTS 99999999999999999999", "Invalid or out of range slot"],
    ["ADDSLOTS 5 x", "Invalid or out of range slot"],
    ["ADDSLOTS 5", "Slot 5 is already busy"],
    ["ADDSLOTS 5 5", "Slot 5 is already busy"],
    ["ADDSLOTS 9000", "Slot 9000 is already busy"],
    ["ADDSLOTSRANGE 1", "wrong number of arguments for 'cluster|addslotsrange' command"],
    ["ADDSLOTSRANGE 1 2 3", "wrong number of arguments for 'cluster|addslotsrange' command"],
    ["AddSlotsRange x 2 3", "wrong number of arguments for 'cluster|addslotsrange' command"],
    ["ADDSLOTSRANGE 5 1", "start slot number 5 is greater than end slot number 1"],
    ["ADDSLOTSRANGE 5 x", "Invalid or out of range slot"],
    ["ADDSLOTSRANGE 1 5 x 3", "Slot 1 is already busy"],
    ["DELSLOTS x", "Invalid or out of range slot"],
    ["DELSLOTS 5 5", "Slot 5 specified multiple times"],
    ["DELSLOTSRANGE 3 5 4 6", "Slot 4 specified multiple times"],
    ["DELSLOTSRANGE 5 1", "start slot number 5 is greater than end slot number 1"],
    ["DELSLOTSRANGE 1 2 3", "wrong number of arguments for 'cluster|delslotsrange' command"],
    ["DELSLOTS 9000", "I'm not the owner of hash slot 9000"],
  ])("%s is an error", async (line, text) => {
    const cluster = nodeOfTwo("a1");
    expect(await cluster.ask(`CLUSTER ${line}`)).toBe(`-ERR ${text}`);
    expect(cluster.facts).toEqual(twoShards());
  });

  test.each([
    ["ADDSLOTS 7 7", "Slot 7 specified multiple times"],
    ["ADDSLOTSRANGE 3 5 5 6", "Slot 5 specified multiple times"],
    ["DELSLOTS 16383 16383", "Slot 16383 is already unassigned"],
    ["DELSLOTSRANGE 3 5 4 6", "Slot 3 is already unassigned"],
  ])("of slots that are nobody's, %s is an error", async (line, text) => {
    expect(await alone().ask(`CLUSTER ${line}`)).toBe(`-ERR ${text}`);
  });

  test("a replica has no slots of its own", async () => {
    const facts = replicating(
      joined(withSlots(founded(nodeFact("a1")), "a", 0, 9), "a2"),
      "a2",
      "a",
    );
    const cluster = new FactsCluster("a2", facts);
    expect(await cluster.ask("CLUSTER ADDSLOTS 10")).toBe(
      "-ERR Please use ADDSLOTS only with masters.",
    );
    expect(await cluster.ask("CLUSTER DELSLOTS 5")).toBe("-ERR I'm not the owner of hash slot 5");
    expect(await cluster.ask("CLUSTER FLUSHSLOTS")).toBe("+OK");
    expect(cluster.facts).toBe(facts);
  });

  test("somebody who was faster has them: the answer says so as if it had been known", async () => {
    const cluster = alone();
    const [first, second] = [cluster.connect(), cluster.connect()];
    first.send("CLUSTER ADDSLOTS 1 2");
    second.send("CLUSTER ADDSLOTS 3 2");
    await decided();
    expect(first.received()).toBe("+OK");
    // Its own by now: the same wish twice is no harm, and ADDSLOTS 3 2 was wished in one.
    expect(second.received()).toBe("+OK");
    expect(slotsOf(cluster, "a1")).toBe("1-3");

    const other = nodeOfTwo("a1");
    const client = other.connect();
    other.decide({ kind: "release-slots", shardId: shardId("a"), slots: [{ first: 5, last: 5 }] });
    client.send("CLUSTER ADDSLOTS 5");
    other.decide({ kind: "assign-slots", shardId: shardId("b"), slots: [{ first: 5, last: 5 }] });
    await decided();
    expect(client.received()).toBe("-ERR Slot 5 is already busy");
  });

  test("FLUSHSLOTS keeps slots with keys", async () => {
    const cluster = alone();
    await cluster.ask("CLUSTER ADDSLOTSRANGE 0 16383");
    expect(await cluster.ask("SET k v", "CLUSTER FLUSHSLOTS")).toBe(
      "+OK -ERR DB must be empty to perform CLUSTER FLUSHSLOTS.",
    );
  });
});

describe("epochs", () => {
  test("SET-CONFIG-EPOCH is for a node that is alone and has none, or the one that came with its slots", async () => {
    const cluster = alone();
    await cluster.ask("CLUSTER ADDSLOTS 1");
    expect(await cluster.ask("CLUSTER SET-CONFIG-EPOCH 7")).toBe("+OK");
    expect(cluster.view.self.configEpoch).toBe(7);
    expect(await cluster.ask("CLUSTER SET-CONFIG-EPOCH 8")).toBe(
      "-ERR Node config epoch is already non-zero",
    );
    expect(await alone().ask("CLUSTER SET-CONFIG-EPOCH 0")).toBe("+OK");
  });

  test.each([
    ["x", "value is not an integer or out of range"],
    ["99999999999999999999", "value is not an integer or out of range"],
    ["-1", "Invalid config epoch specified: -1"],
    ["9007199254740993", "Invalid config epoch specified: 9007199254740993"],
  ])("SET-CONFIG-EPOCH %s is an error", async (epoch, text) => {
    expect(await alone().ask(`CLUSTER SET-CONFIG-EPOCH ${epoch}`)).toBe(`-ERR ${text}`);
  });

  test("SET-CONFIG-EPOCH is no more to be had in company", async () => {
    expect(await nodeOfTwo("a1").ask("CLUSTER SET-CONFIG-EPOCH 5")).toBe(
      "-ERR The user can assign a config epoch only when the node does not know any other node.",
    );
  });

  test("a number that would use up all numbers is refused in our own words", async () => {
    expect(await alone().ask("CLUSTER SET-CONFIG-EPOCH 9007199254740991")).toBe(
      "-ERR The cluster refuses it (epoch-too-high): epoch 9007199254740991, the highest is 0",
    );
  });

  test("BUMPEPOCH makes this node's the highest, once", async () => {
    const cluster = nodeOfTwo("a1");
    expect(await cluster.ask("CLUSTER BUMPEPOCH", "CLUSTER BUMPEPOCH")).toBe("+BUMPED 3 +STILL 3");
    expect(await nodeOfTwo("b1").ask("CLUSTER BUMPEPOCH")).toBe("+STILL 2");
    expect(await nodeOfTwo("a2").ask("CLUSTER BUMPEPOCH")).toBe("+STILL 1");
    expect(await alone().ask("CLUSTER BUMPEPOCH")).toBe("+BUMPED 1");
  });
});

describe("MEET", () => {
  test("asks for what it was given; the bus port is 10000 above unless it is said", async () => {
    const cluster = alone();
    expect(await cluster.ask("CLUSTER MEET 127.0.0.1 7001", "CLUSTER MEET ::1 7001 9000")).toBe(
      "+OK +OK",
    );
    expect(cluster.asked).toEqual(["meet 127.0.0.1 7001 17001", "meet ::1 7001 9000"]);
  });

  test("tells why two clusters cannot become one", async () => {
    const cluster = alone();
    cluster.outcome = { kind: "refused", reason: "Both clusters have several nodes" };
    expect(await cluster.ask("CLUSTER MEET 127.0.0.1 7001")).toBe(
      "-ERR Both clusters have several nodes",
    );
  });

  test.each([
    ["1.2.3.4", "wrong number of arguments for 'cluster|meet' command"],
    ["1.2.3.4 x", "Invalid TCP base port specified: x"],
    ["foo x", "Invalid TCP base port specified: x"],
    ["1.2.3.4 7000 x", "Invalid TCP bus port specified: x"],
    [
      "1.2.3.4 7000 17000 x",
      "unknown subcommand or wrong number of arguments for 'MEET'. Try CLUSTER HELP.",
    ],
    ["foo 7000", "Invalid node address specified: foo:7000"],
    ["fe80::1%lo 7000", "Invalid node address specified: fe80::1%lo:7000"],
    ["1.2.3.4 0", "Invalid node address specified: 1.2.3.4:0"],
    ["1.2.3.4 70000", "Invalid node address specified: 1.2.3.4:70000"],
    ["1.2.3.4 7000 0", "Invalid node address specified: 1.2.3.4:7000"],
    ["1.2.3.4 7000 99999", "Invalid node address specified: 1.2.3.4:7000"],
    ["1.2.3.4 60000", "Invalid node address specified: 1.2.3.4:60000"],
    ["1.2.3.4 -1", "Invalid node address specified: 1.2.3.4:-1"],
    [":: 0", "Invalid node address specified: :::0"],
  ])("%s is an error", async (words, text) => {
    const cluster = alone();
    expect(await cluster.ask(`CLUSTER MEET ${words}`)).toBe(`-ERR ${text}`);
    expect(cluster.asked).toEqual([]);
  });
});

describe("FORGET", () => {
  test("removes a node, and is content when it is gone already", async () => {
    const cluster = new FactsCluster("a1", joined(twoShards(), "d1"));
    expect(await cluster.ask(`CLUSTER FORGET ${id("d1")}`)).toBe("+OK");
    expect(cluster.view.nodes.has(id("d1"))).toBe(false);
    expect(await cluster.ask(`CLUSTER FORGET ${id("d1")}`)).toBe("+OK");
    expect(cluster.asked).toEqual([`forget ${id("d1")}`]);
  });

  test("keeps a node that has slots", async () => {
    expect(await nodeOfTwo("a1").ask(`CLUSTER FORGET ${id("b1")}`)).toBe(
      "-ERR it has slots, and no other node is in sync with it",
    );
  });

  test.each([
    ["a1", "x", "Unknown node x"],
    ["a1", NOBODY, `Unknown node ${NOBODY}`],
    ["a1", id("a1"), "I tried hard but I can't forget myself..."],
    ["a2", id("a1"), "Can't forget my master!"],
    ["a2", id("a2"), "I tried hard but I can't forget myself..."],
  ])("on %s, of %s, is an error", async (self, nodeId, text) => {
    expect(await nodeOfTwo(self).ask(`CLUSTER FORGET ${nodeId}`)).toBe(`-ERR ${text}`);
  });
});

describe("REPLICATE", () => {
  test("makes an empty node a replica, and a replica one of another primary", async () => {
    const cluster = new FactsCluster("d1", joined(twoShards(), "d1"));
    expect(await cluster.ask(`CLUSTER REPLICATE ${id("b1")}`)).toBe("+OK");
    expect(cluster.view.self).toMatchObject({ role: "replica", primaryId: id("b1") });
    expect(await cluster.ask(`CLUSTER REPLICATE ${id("a1")}`)).toBe("+OK");
    expect(cluster.view.self.primaryId).toBe(id("a1"));
    expect(await cluster.ask(`CLUSTER REPLICATE ${id("a1")}`)).toBe("+OK");
  });

  test("NO ONE makes a replica an empty primary, with a shard of its own", async () => {
    const cluster = nodeOfTwo("a2");
    expect(await cluster.ask("CLUSTER REPLICATE no One")).toBe("+OK");
    const { role, shardId: shard, slots } = cluster.view.self;
    expect([role, shard, slots]).toEqual(["primary", id("90001"), []]);
    expect(await cluster.ask("CLUSTER REPLICATE NO ONE")).toBe("+OK");
    expect(cluster.view.self.shardId).toBe(id("90001"));
  });

  test.each([
    ["a1", "x", "Unknown node x"],
    ["a1", NOBODY, `Unknown node ${NOBODY}`],
    ["a1", id("a1"), "Can't replicate myself"],
    ["a1", id("a2"), "I can only replicate a master, not a replica."],
    ["a1", id("b1"), "To set a master the node must be empty and without assigned slots."],
    ["a2", id("a2"), "Can't replicate myself"],
    ["a2", "NO WAY", "syntax error"],
    [
      "a2",
      "NO ONE ELSE",
      "unknown subcommand or wrong number of arguments for 'REPLICATE'. Try CLUSTER HELP.",
    ],
  ])("on %s, of %s, is an error", async (self, words, text) => {
    expect(await nodeOfTwo(self).ask(`CLUSTER REPLICATE ${words}`)).toBe(`-ERR ${text}`);
  });

  test("a primary with keys stays one, though its slots are gone", async () => {
    const cluster = new FactsCluster("d1", joined(twoShards(), "d1"));
    cluster.node.broker.keyspace.table(0).set(ascii("k"), EMPTY);
    expect(await cluster.ask(`CLUSTER REPLICATE ${id("b1")}`)).toBe(
      "-ERR To set a master the node must be empty and without assigned slots.",
    );
  });
});

describe("FAILOVER", () => {
  test.each([
    ["", "planned"],
    [" force", "force"],
    [" TAKEOVER", "takeover"],
  ])("asks this replica to lead:%s", async (word, mode) => {
    const cluster = nodeOfTwo("a2");
    expect(await cluster.ask(`CLUSTER FAILOVER${word}`)).toBe("+OK");
    expect(cluster.asked).toEqual([`failover ${mode}`]);
  });

  test("needs the primary's consent, unless it is forced", async () => {
    const cluster = nodeOfTwo("a2");
    cluster.states.set(id("a1"), { isConnected: false });
    expect(await cluster.ask("CLUSTER FAILOVER", "CLUSTER FAILOVER FORCE")).toBe(
      "-ERR Master is down or failed, please use CLUSTER FAILOVER FORCE +OK",
    );
    cluster.states.set(id("a1"), { isFailed: true });
    expect(await cluster.ask("CLUSTER FAILOVER")).toMatch(/^-ERR Master is down or failed/);
  });

  test("a primary that came back with nothing begins its shard anew by TAKEOVER only", async () => {
    const cluster = nodeOfTwo("a1");
    const { shardId: _, ...node } = nodeFact("a1", { incarnation: 2 });
    const lead = async (...modes: readonly string[]): Promise<string> =>
      cluster.ask(...modes.map((mode) => `CLUSTER FAILOVER ${mode}`.trim()));
    const refusal = "-ERR You should send CLUSTER FAILOVER to a replica";
    expect(await lead("", "FORCE", "TAKEOVER")).toBe(`${refusal} ${refusal} ${refusal}`);
    cluster.decide({ kind: "update-node", node });
    // The replica in sync has everything.
    expect(await lead("", "FORCE", "TAKEOVER")).toBe(`${refusal} ${refusal} ${refusal}`);
    cluster.states.set(id("a2"), { isFailed: true });
    expect(await lead("", "FORCE", "TAKEOVER")).toBe(`${refusal} ${refusal} +OK`);
    expect(cluster.asked).toEqual(["failover takeover"]);
  });

  test("a replica that nobody leads has nobody to relieve", async () => {
    let facts = withSlots(founded(nodeFact("b1")), "b", 0, 16_383);
    facts = replicating(joined(joined(facts, "a1", "a"), "a2"), "a2", "a");
    facts = applied(facts, { kind: "forget", nodeId: id("a1"), byReset: false });
    expect(await new FactsCluster("a2", facts).ask("CLUSTER FAILOVER TAKEOVER")).toBe(
      "-ERR I'm a replica but my master is unknown to me",
    );
  });

  test.each([
    ["a1", "", "You should send CLUSTER FAILOVER to a replica"],
    ["a1", " x", "syntax error"],
    ["a2", " x", "syntax error"],
    [
      "a2",
      " force x",
      "unknown subcommand or wrong number of arguments for 'FAILOVER'. Try CLUSTER HELP.",
    ],
  ])("on %s, FAILOVER%s is an error", async (self, words, text) => {
    expect(await nodeOfTwo(self).ask(`CLUSTER FAILOVER${words}`)).toBe(`-ERR ${text}`);
  });
});

describe("RESET", () => {
  test("leaves the cluster, hard or soft", async () => {
    const cluster = nodeOfTwo("a1");
    await cluster.ask("CLUSTER RESET", "CLUSTER RESET soft", "CLUSTER RESET HARD");
    expect(cluster.asked).toEqual(["reset soft", "reset soft", "reset hard"]);
  });

  test("a primary keeps its keys, a replica's are copies", async () => {
    const primary = nodeOfTwo("a1");
    expect(await primary.ask("SET {06S}k v", "CLUSTER RESET")).toBe(
      "+OK -ERR CLUSTER RESET can't be called with master nodes containing keys",
    );
    const replica = nodeOfTwo("a2");
    replica.node.broker.keyspace.table(0).set(ascii("k"), EMPTY);
    expect(await replica.ask("CLUSTER RESET")).toBe("+OK");
  });

  test.each([
    [" x", "syntax error"],
    [" soft x", "unknown subcommand or wrong number of arguments for 'RESET'. Try CLUSTER HELP."],
  ])("RESET%s is an error", async (words, text) => {
    expect(await nodeOfTwo("a1").ask(`CLUSTER RESET${words}`)).toBe(`-ERR ${text}`);
  });
});

describe("SAVECONFIG and COUNT-FAILURE-REPORTS", () => {
  test("SAVECONFIG saves, or says why not", async () => {
    const cluster = alone();
    expect(await cluster.ask("CLUSTER SAVECONFIG")).toBe("+OK");
    cluster.outcome = { kind: "refused", reason: "error saving the cluster node config: ENOSPC" };
    expect(await cluster.ask("CLUSTER SAVECONFIG")).toBe(
      "-ERR error saving the cluster node config: ENOSPC",
    );
  });

  test("COUNT-FAILURE-REPORTS counts who complains", async () => {
    const cluster = nodeOfTwo("a1");
    cluster.states.set(id("b1"), { isSuspected: true });
    expect(await cluster.ask(`CLUSTER COUNT-FAILURE-REPORTS ${id("b1")}`)).toBe(":2");
    expect(await cluster.ask(`CLUSTER COUNT-FAILURE-REPORTS ${id("a1")}`)).toBe(":0");
    expect(await cluster.ask("CLUSTER COUNT-FAILURE-REPORTS x")).toBe("-ERR Unknown node x");
  });
});

test("a node that is in no cluster yet shows itself, and cannot be asked for more", async () => {
  const cluster = new FactsCluster("a1", NO_FACTS);
  expect(await cluster.ask("CLUSTER ADDSLOTS 1")).toBe(
    `-ERR The cluster refuses it (unknown-shard): shard ${shardId("a")}`,
  );
});

test.each([
  "ADDSLOTS 1", "ADDSLOTSRANGE 1 2", "BUMPEPOCH", "COUNT-FAILURE-REPORTS x", "DELSLOTS 1",
  "DELSLOTSRANGE 1 2", "FAILOVER", "FLUSHSLOTS", "FORGET x", "MEET 1.2.3.4 5", "REPLICAS x",
  "REPLICATE x", "RESET", "SAVECONFIG", "SET-CONFIG-EPOCH 1", "SLAVES x", "SLOT-STATS a b",
])("without a cluster, %s is an error", (words) => {
  expect(new SocketlessNode().connect().send(`CLUSTER ${words}`)).toBe(
    "-ERR This instance has cluster support disabled",
  );
}); // prettier-ignore
