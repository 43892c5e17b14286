import type { FactCommand, Facts } from "@slotcast/control";
import { expect, test } from "vitest";
import { describeFact } from "./describe-fact.ts";
import { applied, id, nodeFact, shardId, twoShards } from "./test-facts.ts";

const FACTS = twoShards();
const A1_AGAIN = applied(FACTS, { kind: "update-node", node: nodeFact("a1", { incarnation: 2 }) });

function reasonOf(command: FactCommand, before: Facts = FACTS): string {
  return describeFact({ kind: "facts", command }, before).reason;
}

function promotion(changes: Partial<Extract<FactCommand, { kind: "promote" }>> = {}): FactCommand {
  const member = { nodeId: id("a2"), incarnation: 1 };
  return { kind: "promote", shardId: shardId("a"), epoch: 1, member, ...changes };
}

test("a change of a fact is an event of its own name, with the reason and what it is about", () => {
  const command = { kind: "forget", nodeId: id("a1"), byReset: false } as const;
  expect(describeFact({ kind: "facts", command }, FACTS)).toEqual({
    event: "fact.forget",
    reason: "CLUSTER FORGET",
    details: { nodeId: id("a1"), byReset: false },
  });
});

test("a change of the voters is one, too", () => {
  expect(describeFact({ kind: "voters", voters: [] }, FACTS)).toMatchObject({
    event: "fact.voters",
    reason: "a voter is gone or was forgotten",
  });
});

test.each([
  [promotion(), FACTS, "most voters do not hear of the primary, or CLUSTER FAILOVER FORCE"],
  [promotion({ isHandedOver: true }), FACTS, "the primary has handed over"],
  [promotion(), A1_AGAIN, "the primary's process has started again, without its data"],
  [promotion({ lossy: { historyId: id("9") } }), FACTS, "CLUSTER FAILOVER TAKEOVER"],
  [promotion({ lossy: { historyId: id("9") } }), A1_AGAIN, "no copy of the shard's data is left"],
])("why a node was promoted: %#", (command, before, reason) => {
  expect(reasonOf(command, before)).toBe(reason);
});

test("why an in-sync set is another one", () => {
  const [a1, a2] = ["a1", "a2"].map((name) => ({ nodeId: id(name), incarnation: 1 }));
  const shrunk = { kind: "set-isr", shardId: shardId("a"), epoch: 1, isrVersion: 1 } as const;
  expect(reasonOf({ ...shrunk, isr: a1 ? [a1] : [] })).toMatch(/away, or was behind/);
  expect(reasonOf({ ...shrunk, shardId: shardId("b"), isr: a1 && a2 ? [a1, a2] : [] })).toMatch(
    /caught up/,
  );
});

test("why a node is another one", () => {
  const moved = { kind: "update-node", node: nodeFact("a1", { port: 1 }) } as const;
  expect(reasonOf(moved)).toBe("its address or name is another one");
  const again = { kind: "update-node", node: nodeFact("a1", { incarnation: 2 }) } as const;
  expect(reasonOf(again)).toBe("its process has started again");
});
