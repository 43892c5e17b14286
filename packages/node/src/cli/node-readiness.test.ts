import { expect, test } from "vitest";
import type { ClusterStatus } from "../cluster/cluster-status.ts";
import { statusOf } from "./admin/test-status.ts";
import { LineSplitter } from "./line-splitter.ts";
import { restartDelayMs } from "./node-process.ts";
import { hasItsVoters, isInSync, isLinked } from "./node-readiness.ts";

const INFO = "cluster_state:ok\r\ncluster_known_nodes:3\r\ncluster_links_connected:2\r\n";

test("a node is linked when the cluster is ok, complete, and each other one has a link", () => {
  expect(isLinked(INFO, 3)).toBe(true);
  expect(isLinked(INFO, 4)).toBe(false);
  expect(isLinked(INFO.replace("state:ok", "state:fail"), 3)).toBe(false);
  expect(isLinked(INFO.replace("connected:2", "connected:1"), 3)).toBe(false);
  expect(isLinked("-NOAUTH Authentication required.\r\n", 3)).toBe(false);
});

test("a cluster is in sync when every shard has its replicas, and they all of its data", () => {
  const status = (changes: Parameters<typeof statusOf>[0]["a"] = {}): ClusterStatus =>
    statusOf({ a: { a1: {}, a2: {}, ...changes }, b: { b1: {}, b2: {} } });
  expect(isInSync(status(), 1)).toBe(true);
  expect(isInSync(status(), 2)).toBe(false);
  expect(isInSync({ ...status(), state: "down" }, 1)).toBe(false);
  expect(isInSync({ ...status(), state: "degraded" }, 1)).toBe(true);
  expect(isInSync(status({ a2: { isInSync: false } }), 1)).toBe(false);
  expect(isInSync(status({ a2: { health: "suspected" } }), 1)).toBe(false);
  // A node that has not found its place has all data of its own shard: none.
  const [a, b] = statusOf({ a: { a1: {} }, b: { b1: {} } }).shards;
  if (a === undefined || b === undefined) throw new Error("two shards");
  const early = { ...status(), shards: [a, { ...b, slots: [] }] };
  expect(isInSync(early, 1)).toBe(false);
  expect(isInSync(early, 0)).toBe(true);
});

test("a cluster has its voters when there are as many as it wants", () => {
  const { voters, ...rest } = statusOf({ a: { a1: {} } });
  const withVoters = (nodes: readonly string[], wanted: number): boolean =>
    hasItsVoters({ ...rest, voters: { ...voters, nodes, wanted } });
  expect(withVoters(["a"], 3)).toBe(false);
  expect(withVoters(["a", "b"], 3)).toBe(false);
  expect(withVoters(["a", "b", "c"], 3)).toBe(true);
  // One that is replaced goes after its replacement came.
  expect(withVoters(["a", "b", "c", "d"], 3)).toBe(true);
});

test("restarts wait twice as long each time, ten seconds at most", () => {
  expect([1, 2, 3, 7, 50].map(restartDelayMs)).toEqual([250, 500, 1000, 10_000, 10_000]);
});

test("lines are the same however the stream is cut, and endless ones come in pieces", () => {
  const lines: string[] = [];
  const splitter = new LineSplitter((line) => lines.push(line));
  for (const piece of ["a", "b\nc\n", "\nd", "x".repeat(70_000)]) splitter.push(piece);
  splitter.end();
  expect(lines.map(({ length }) => length)).toEqual([2, 1, 0, 65_536, 4465]);
});
