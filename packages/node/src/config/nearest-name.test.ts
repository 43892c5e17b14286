import { expect, test } from "vitest";
import { DIRECTIVE_NAMES } from "./directive-table.ts";
import { nearestName } from "./nearest-name.ts";

test.each([
  ["prot", "port"],
  ["maxcleints", "maxclients"],
  ["cluster-enable", "cluster-enabled"],
  ["clusterpublishmode", "cluster-publish-mode"],
])("%s is taken for %s", (typed, meant) => {
  expect(nearestName(typed, DIRECTIVE_NAMES)).toBe(meant);
});

test("without names there is no nearest", () => {
  expect(nearestName("a", [])).toBeUndefined();
});
