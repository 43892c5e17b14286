import { expect, test } from "vitest";
import { idsOf } from "./applications.ts";

const ENTRIES = [
  ["1-0", ["value", "a"]],
  ["2-0", ["value", "b"]],
];

test.each([
  ["pairs, of RESP2", [["stream", ENTRIES]]],
  ["a map, of RESP3", new Map([["stream", ENTRIES]])],
  ["an object, as node-redis makes of a map", { stream: ENTRIES }],
])("the ids of what was read are found in %s", (_shape, reply) => {
  expect(idsOf(reply)).toEqual(["1-0", "2-0"]);
});

test("nothing was read: no ids", () => {
  expect(idsOf(null)).toEqual([]);
});
