import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { chooseAssignment, type AssemblySize } from "./choose-assignment.ts";
import type { Facts, NodeFact } from "./facts.ts";
import { checkFacts } from "./invariants.ts";
import { assign, forget, join } from "./test-commands.ts";
import { applied, founded } from "./test-facts.ts";
import { nodeFact, shardId } from "./test-names.ts";

// Goal: nodes that found each other become the cluster that was asked for, from wherever they are on the way.

const THREE_PAIRS: AssemblySize = { size: 6, replicas: 1 };
const NAMES = ["a1", "b1", "d1", "e1", "f1", "a2", "b2", "d2", "e2", "f2", "a3", "b3"];

/** Each in a shard of its own; ports in order of the names, hosts as given or all the same. */
function joined(count: number, hosts: readonly string[] = []): Facts {
  const nodes = NAMES.slice(0, count).map((name, index) =>
    nodeFact(name, { shard: `c${name}`, port: 7000 + index, host: hosts[index] ?? "127.0.0.1" }),
  );
  const [first = nodeFact("a1"), ...others] = nodes;
  return applied(founded(first), ...others.map((node) => join(node)));
}

/** `0-5460: 7000 7003`, or with hosts `0-5460: x y`; nodes without slots by themselves. */
function layout(facts: Facts, labelOf = ({ port }: NodeFact): string => `${port}`): string[] {
  return [...facts.shards.values()].map((shard) => {
    const first = facts.slotOwners.indexOf(shard.id);
    const last = facts.slotOwners.lastIndexOf(shard.id);
    const nodes = [...facts.nodes.values()].filter(({ shardId: its }) => its === shard.id);
    const primary = nodes.filter(({ id }) => id === shard.primary?.nodeId);
    const labels = [...new Set([...primary, ...nodes])].map(labelOf);
    return `${first < 0 ? "none" : `${first}-${last}`}: ${labels.join(" ")}`;
  });
}

function assembled(facts: Facts, size: AssemblySize): Facts {
  return applied(facts, ...chooseAssignment(facts, size));
}

describe("a fresh cluster is assembled", () => {
  test("as three pairs", () => {
    expect(layout(assembled(joined(6), THREE_PAIRS))).toEqual([
      "0-5460: 7000 7003",
      "5461-10922: 7001 7004",
      "10923-16383: 7002 7005",
    ]);
  });

  test("without replicas", () => {
    expect(layout(assembled(joined(3), { size: 3, replicas: 0 }))).toEqual([
      "0-5460: 7000",
      "5461-10922: 7001",
      "10923-16383: 7002",
    ]);
  });

  test("with nodes left over as further replicas", () => {
    expect(layout(assembled(joined(5), { size: 5, replicas: 1 }))).toEqual([
      "0-8191: 7000 7002 7004",
      "8192-16383: 7001 7003",
    ]);
  });

  test("as one shard, when there are too few for one with its replicas", () => {
    expect(layout(assembled(joined(2), { size: 2, replicas: 3 }))).toEqual(["0-16383: 7000 7001"]);
  });

  test("when all are there, and not before", () => {
    expect(chooseAssignment(joined(5), THREE_PAIRS)).toEqual([]);
  });
});

describe("hosts", () => {
  const hostOf = ({ host }: NodeFact): string => host;

  test("take turns in giving primaries, and a replica is on another", () => {
    const facts = joined(6, ["x", "x", "y", "y", "z", "z"]);
    expect(layout(assembled(facts, THREE_PAIRS), hostOf)).toEqual(
      expect.arrayContaining(["0-5460: x z", "5461-10922: y x", "10923-16383: z y"]),
    );
  });

  test.each([1, 2, 3, 4])("three with %i nodes each: every shard is on all three", (nodes) => {
    const hosts = ["x", "y", "z"].flatMap((host) => Array.from({ length: nodes }, () => host));
    const done = assembled(joined(3 * nodes, hosts), { size: 3 * nodes, replicas: 2 });
    for (const line of layout(done, hostOf)) {
      expect(line.split(": ")[1]?.split(" ").sort()).toEqual(["x", "y", "z"]);
    }
  });
});

describe("an assembly", () => {
  test("goes on from any step, to the same end", () => {
    const fresh = joined(6, ["x", "y", "x", "y", "x", "y"]);
    const commands = chooseAssignment(fresh, THREE_PAIRS);
    const end = applied(fresh, ...commands);
    for (let done = 0; done <= commands.length; done += 1) {
      const partly = applied(fresh, ...commands.slice(0, done));
      expect(layout(assembled(partly, THREE_PAIRS))).toEqual(layout(end));
    }
    expect(chooseAssignment(end, THREE_PAIRS)).toEqual([]);
  });

  test("is not put off by a node too many, and leaves it alone", () => {
    const done = assembled(joined(7), THREE_PAIRS);
    expect(layout(done)).toContain("none: 7006");
    expect(chooseAssignment(done, THREE_PAIRS)).toEqual([]);
  });

  test("fills the place of a replica that was forgotten", () => {
    const done = applied(assembled(joined(6), THREE_PAIRS), forget("a2"));
    expect(chooseAssignment(done, THREE_PAIRS)).toEqual([]);
    const more = applied(done, join(nodeFact("e7", { shard: "e7", port: 7009 })));
    expect(layout(assembled(more, THREE_PAIRS))).toContain("10923-16383: 7002 7009");
  });

  test("waits for another node when one left in the middle of it", () => {
    const fresh = joined(6);
    const partly = applied(fresh, ...chooseAssignment(fresh, THREE_PAIRS).slice(0, 1));
    const left = ["b1", "d1", "e1", "f1", "a2"].map((name) => forget(name));
    const alone = applied(partly, ...left);
    expect(chooseAssignment(alone, THREE_PAIRS)).toEqual([]);
    const more = applied(alone, join(nodeFact("e7", { shard: "e7", port: 7009 })));
    expect(layout(assembled(more, THREE_PAIRS))).toEqual(["0-5460: 7000", "5461-10922: 7009"]);
  });

  test("ends where an operator gives slots away", () => {
    const fresh = joined(6);
    const shard = "ca1";
    expect(fresh.shards.has(shardId(shard))).toBe(true);
    for (const [first, last] of [
      [0, 16_383],
      [0, 5461],
      [7, 7],
    ] as const) {
      expect(chooseAssignment(applied(fresh, assign(shard, first, last)), THREE_PAIRS)).toEqual([]);
    }
  });

  test("makes facts that hold, for any size", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: NAMES.length }),
        fc.nat({ max: 4 }),
        fc.array(fc.constantFrom("x", "y", "z"), { minLength: 12, maxLength: 12 }),
        (size, replicas, hosts) => {
          const done = assembled(joined(size, hosts), { size, replicas });
          expect(checkFacts(done)).toEqual([]);
          expect(done.slotOwners).not.toContain(undefined);
          expect(chooseAssignment(done, { size, replicas })).toEqual([]);
          const sizes = layout(done).map((line) => line.split(" ").length - 1);
          expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
        },
      ),
    );
  });
});
