import { describe, expect, test } from "vitest";
import type { Rumour } from "../cluster-core/rumour.ts";
import { rumourFromPlain, rumourToPlain } from "./rumour-shape.ts";
import { id } from "./test-facts.ts";

const OF_A_VOTER: Rumour = { incarnation: 3, factsVersion: 7, lagMs: 0.25, suspects: [] };
const OF_A_REPLICA: Rumour = {
  ...OF_A_VOTER,
  suspects: [id("a1"), id("b1")],
  progress: { historyId: id("4000"), epoch: 2, offset: 1234 },
};
const OF_AN_EMPTY_LOG: Rumour = {
  ...OF_A_VOTER,
  progress: { historyId: "", epoch: 0, offset: 0 },
};

/** As a codec would: nothing shared, nothing but plain data. */
function plainOf(rumour: Rumour): Record<string, unknown> {
  return JSON.parse(JSON.stringify(rumourToPlain(rumour)));
}

describe("a rumour", () => {
  test.each([
    ["of a node without a shard", OF_A_VOTER],
    ["of a replica that suspects others", OF_A_REPLICA],
    ["of a node that has nothing yet", OF_AN_EMPTY_LOG],
  ])("%s arrives as it was", (_whose, rumour) => {
    expect(rumourFromPlain(plainOf(rumour))).toEqual(rumour);
  });

  test.each([
    ["incarnation", -1],
    ["incarnation", "3"],
    ["factsVersion", 0.5],
    ["factsVersion", 2 ** 53],
    ["lagMs", Number.POSITIVE_INFINITY],
    ["lagMs", -1],
    ["suspects", [id("a1"), id("a1")]],
    ["suspects", ["a1"]],
    ["suspects", id("a1")],
    ["progress", null],
    ["progress", { historyId: id("4000"), epoch: 2 }],
    ["progress", { historyId: "4000", epoch: 2, offset: 0 }],
    ["progress", { historyId: id("4000"), epoch: 2, offset: -1 }],
    ["progress", { historyId: id("4000"), epoch: 2, offset: 0, more: 1 }],
    ["more", 1],
  ])("with %s: %j is refused", (field, odd) => {
    expect(() => rumourFromPlain({ ...plainOf(OF_A_REPLICA), [field]: odd })).toThrow(TypeError);
  });

  test.each(["incarnation", "factsVersion", "lagMs", "suspects"])(
    "without %s is refused",
    (gone) => {
      const { [gone]: _, ...rest } = plainOf(OF_A_REPLICA);
      expect(() => rumourFromPlain(rest)).toThrow(`no ${gone}`);
    },
  );

  test.each([undefined, null, 1, "rumour", []])("%j is none", (junk) => {
    expect(() => rumourFromPlain(junk)).toThrow(TypeError);
  });
});
