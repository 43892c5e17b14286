import { describe, expect, test } from "vitest";
import { chooseVoters } from "./choose-voters.ts";
import { NO_FACTS, type Facts } from "./facts.ts";
import { VOTER_ABSENCE_MS } from "./limits.ts";
import { join } from "./test-commands.ts";
import { applied, clusterOf, founded, withVoters } from "./test-facts.ts";
import { nodeFact } from "./test-names.ts";
import { viewOf, type Rumours } from "./test-view.ts";

// Goal: 1, 3 or 5 voters, spread over shards and hosts, one step at a time, and never a step that could stop them all.

const GONE = VOTER_ABSENCE_MS + 1;
/** Three pairs. */
const SIX = clusterOf(["a1", "a2"], ["b1", "b2"], ["d1", "d2"]);
/** Five pairs. */
const TEN = clusterOf(["a1", "a2"], ["b1", "b2"], ["d1", "d2"], ["e1", "e2"], ["f1", "f2"]);
/** Two shards of three. */
const TWO_SHARDS = clusterOf(["a1", "a2", "a3"], ["b1", "b2", "b3"]);

function names(ids: readonly string[]): string {
  return ids.map((nodeId) => nodeId.replace(/^0+/, "")).join(" ");
}

/** All steps, while the rumours stay. */
function stepsFrom(facts: Facts, rumours: Rumours = {}): string[] {
  const steps: string[] = [];
  for (let next = chooseVoters(viewOf(facts, rumours)); next !== undefined;) {
    steps.push(names(next));
    if (steps.length > 8) throw new Error(`it does not end: ${steps.join(", ")}`);
    next = chooseVoters(viewOf({ ...facts, voters: next }, rumours));
  }
  return steps;
}

describe("a cluster that grows", () => {
  test("has one voter until it has three nodes", () => {
    const one = founded(nodeFact("a1"));
    const two = applied(one, join(nodeFact("b1")));
    const three = applied(two, join(nodeFact("d1")));
    expect([NO_FACTS, one, two].flatMap((facts) => stepsFrom(facts))).toEqual([]);
    expect(stepsFrom(three)).toEqual(["a1 b1", "a1 b1 d1"]);
  });

  test("has three, of three shards, and five from ten nodes", () => {
    expect(stepsFrom(SIX)).toEqual(["a1 b1", "a1 b1 d1"]);
    expect(stepsFrom(TEN)).toEqual(["a1 b1", "a1 b1 d1", "a1 b1 d1 e1", "a1 b1 d1 e1 f1"]);
  });

  test("spreads them over hosts where shards leave a choice", () => {
    const hosts = ["x", "x", "y", "x", "z"].map((host, index) =>
      nodeFact(`${"abdef"[index]}1`, { host }),
    );
    const [first = nodeFact("a1"), ...others] = hosts;
    const facts = applied(founded(first), ...others.map((node) => join(node)));
    expect(stepsFrom(facts)).toEqual(["a1 d1", "a1 d1 f1"]);
  });

  test("takes no step on which the second could not follow", () => {
    expect(stepsFrom(SIX, { absentMs: { a2: 1, b2: 1, d1: 1, d2: 1 } })).toEqual([]);
  });

  test("takes no voter that is suspected", () => {
    expect(stepsFrom(SIX, { absentMs: { b1: 1, d1: 1 } })).toEqual(["a1 b2", "a1 b2 d2"]);
  });

  test("does not grow while as many are away that the new majority could not be met", () => {
    const facts = withVoters(TEN, "a1", "b1", "d1");
    expect(stepsFrom(facts, { absentMs: { d1: 1 } })).toEqual([]);
    expect(stepsFrom(facts)).toHaveLength(2);
  });
});

describe("a voter that is away", () => {
  const voting = withVoters(SIX, "a1", "b1", "d1");

  test("for long is removed, then another of its shard comes in", () => {
    expect(stepsFrom(voting, { absentMs: { d1: GONE } })).toEqual(["a1 b1", "a1 b1 d2"]);
  });

  test("not for long stays", () => {
    expect(stepsFrom(voting, { absentMs: { d1: VOTER_ABSENCE_MS } })).toEqual([]);
  });

  test("for long stays while there is nobody to replace it", () => {
    const absentMs = { d1: GONE, d2: 1, a2: 1, b2: 1 };
    expect(stepsFrom(voting, { absentMs })).toEqual([]);
  });

  test("stays when those that are there were no majority without it", () => {
    const five = withVoters(TEN, "a1", "b1", "d1", "e1", "f1");
    const absentMs = { d1: GONE, e1: GONE, f1: GONE };
    expect(chooseVoters(viewOf(five, { absentMs }))).toBeUndefined();
    expect(stepsFrom(five, { absentMs: { d1: GONE, e1: GONE } })).toEqual([
      "a1 b1 e1 f1",
      "a1 b1 f1",
      "a1 b1 f1 d2",
      "a1 b1 f1 d2 e2",
    ]);
  });

  test("beside one that the facts do not know: that one goes first", () => {
    const facts = withVoters(SIX, "a1", "b1", "fe");
    expect(stepsFrom(facts)).toEqual(["a1 b1", "a1 b1 d1"]);
  });
});

describe("voters that are too many", () => {
  test("go: first who is away, then the last of the fullest shard, never the leader", () => {
    const facts = withVoters(SIX, "a1", "a2", "b1", "b2", "d1");
    const [first, second] = stepsFrom(facts, { absentMs: { d1: 1 } });
    expect([first, second]).toEqual(["a1 a2 b1 b2", "a1 a2 b1"]);
    const two = withVoters(TWO_SHARDS, "a1", "a2", "a3", "b1", "b2");
    expect(stepsFrom(two, { leader: "a3" })).toEqual(["a1 a3 b1 b2", "a1 a3 b1"]);
  });

  test("go when nodes went", () => {
    const one = applied(founded(nodeFact("a1")), join(nodeFact("b1")));
    expect(stepsFrom(withVoters(one, "a1", "b1"), { leader: "b1" })).toEqual(["b1"]);
  });
});

describe("two voters of one shard, and none of another", () => {
  const crowded = withVoters(SIX, "a1", "a2", "b1");

  test("are spread, the newcomer first", () => {
    expect(stepsFrom(crowded)).toEqual(["a1 a2 b1 d1", "a1 b1 d1"]);
    expect(stepsFrom(crowded, { leader: "a2" })).toEqual(["a1 a2 b1 d1", "a2 b1 d1"]);
  });

  test("stay while one of the voters is away", () => {
    expect(stepsFrom(crowded, { absentMs: { b1: 1 } })).toEqual([]);
    expect(stepsFrom(crowded, { silent: ["b1"] })).toEqual([]);
    const five = withVoters(TEN, "a1", "a2", "b1", "d1", "e1");
    expect(stepsFrom(five, { absentMs: { d1: 1 } })).toEqual([]);
    expect(stepsFrom(five)).toEqual(["a1 a2 b1 d1 e1 f1", "a1 b1 d1 e1 f1"]);
  });

  test("stay when every shard has one", () => {
    expect(stepsFrom(withVoters(TWO_SHARDS, "a1", "a2", "b1"))).toEqual([]);
  });
});

describe("a voter that leaves", () => {
  const voting = withVoters(SIX, "a1", "b1", "d1");

  test("is replaced first, and not chosen again", () => {
    expect(stepsFrom(voting, { leaving: ["b1"] })).toEqual(["a1 b1 d1 b2", "a1 d1 b2"]);
  });

  test("goes at once when it is away", () => {
    const rumours = { leaving: ["b1"], absentMs: { b1: 1 } };
    expect(stepsFrom(voting, rumours)).toEqual(["a1 d1", "a1 d1 b2"]);
  });

  test("goes at once when it does not answer, though nobody suspects it yet", () => {
    const rumours = { leaving: ["b1"], silent: ["b1"] };
    expect(stepsFrom(voting, rumours)).toEqual(["a1 d1", "a1 d1 b2"]);
  });

  test("as the leader is the last to leave", () => {
    expect(stepsFrom(voting, { leaving: ["a1", "b1"] })).toEqual([
      "a1 b1 d1 a2",
      "a1 d1 a2",
      "a1 d1 a2 b2",
      "d1 a2 b2",
    ]);
  });

  test("leaves the last two of three as one", () => {
    const three = applied(founded(nodeFact("a1")), join(nodeFact("b1")), join(nodeFact("d1")));
    const all = withVoters(three, "a1", "b1", "d1");
    expect(stepsFrom(all, { leaving: ["d1"] })).toEqual(["a1 b1", "a1"]);
  });

  test("as the only voter makes another one first, and stays when there is none", () => {
    const two = applied(founded(nodeFact("a1")), join(nodeFact("b1")));
    expect(stepsFrom(two, { leaving: ["a1"] })).toEqual(["a1 b1", "b1"]);
    expect(stepsFrom(two, { leaving: ["a1"], absentMs: { b1: 1 } })).toEqual([]);
  });
});
