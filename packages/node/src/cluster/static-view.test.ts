import { describe, expect, test } from "vitest";
import { parseNodesFile } from "../config/nodes-file.ts";
import { StaticClusterView } from "./static-view.ts";

const A = "a".repeat(40);
const B = "b".repeat(40);
const C = "c".repeat(40);
const FULL = [
  `${A} 127.0.0.1:7000@17000,one.example,nodename=node-1,client-external=localhost:7100 myself,master - 0 0 1 connected 0-99 200-8191`,
  `${B} 127.0.0.1:7001@17001 master - 0 0 4 connected 100-199 8192-16383`,
  `${C} 127.0.0.1:7002@17002 slave ${A} 0 0 1 connected`,
  "vars currentEpoch 3 lastVoteEpoch 0",
];

function viewOf(lines: readonly string[], requiresFullCoverage = true): StaticClusterView {
  const file = parseNodesFile(`${lines.join("\n")}\n`, { path: "nodes.conf" });
  return new StaticClusterView({ file, selfId: A, requiresFullCoverage });
}

describe("a view of a nodes file", () => {
  test("gives every slot its owner", () => {
    const view = viewOf(FULL);
    expect([0, 99, 100, 199, 200, 8191, 8192, 16_383].map((slot) => view.ownerOf(slot))).toEqual([
      A, A, B, B, A, A, B, B,
    ]); // prettier-ignore
    expect(view.slotsAssigned).toBe(16_384);
  });

  test("gives the facts of every node in the order of the file", () => {
    const { nodes, self } = viewOf(FULL);
    expect([...nodes.keys()]).toEqual([A, B, C]);
    expect(self).toMatchObject({
      id: A,
      role: "primary",
      primaryId: undefined,
      address: { host: "127.0.0.1", port: 7000 },
      busPort: 17_000,
      hostname: "one.example",
      nodeName: "node-1",
      configEpoch: 1,
      slots: [
        { first: 0, last: 99 },
        { first: 200, last: 8191 },
      ],
    });
    expect([...self.announced]).toEqual([["external", { host: "localhost", port: 7100 }]]);
    expect(nodes.get(C)).toMatchObject({ role: "replica", primaryId: A, slots: [] });
  });

  test("gives a primary and its replicas one shard id, and other shards another", () => {
    const { nodes } = viewOf(FULL);
    const [a, b, c] = [A, B, C].map((id) => nodes.get(id)?.shardId);
    expect(a).toMatch(/^[0-9a-f]{40}$/);
    expect(c).toBe(a);
    expect(b).not.toBe(a);
  });

  test("takes the shard id of the file when there is one", () => {
    const shardId = "5".repeat(40);
    const { self } = viewOf([
      `${A} :7000@17000,,shard-id=${shardId} myself,master - 0 0 0 connected`,
    ]);
    expect(self.shardId).toBe(shardId);
  });

  test("has the greatest epoch of the file and of all claims", () => {
    expect(viewOf(FULL).currentEpoch).toBe(4);
    expect(viewOf([...FULL.slice(0, 3), "vars currentEpoch 9 lastVoteEpoch 0"]).currentEpoch).toBe(
      9,
    );
  });

  test("refuses a replica of a node that is not in the file", () => {
    const lines = [...FULL.slice(0, 2), `${C} h:1@2 slave ${"d".repeat(40)} 0 0 1 connected`];
    expect(() => viewOf(lines)).toThrow(/^cluster-config-file: the replica c+ follows d+, which/);
  });
});

describe("the state of the cluster", () => {
  test("is ok while every slot has an owner", () => {
    expect(viewOf(FULL).state).toBe("ok");
  });

  test("is down while a slot has none and full coverage is required", () => {
    const view = viewOf(FULL.slice(0, 1));
    expect(view.state).toBe("down");
    expect(view.slotsAssigned).toBe(8092);
    expect(view.ownerOf(100)).toBeUndefined();
  });

  test("follows cluster-require-full-coverage, with a new version", () => {
    const view = viewOf(FULL.slice(0, 1));
    const before = view.version;
    view.requireFullCoverage(false);
    expect(view.state).toBe("ok");
    expect(view.version).toBeGreaterThan(before);
  });

  test("is down without any slot, whatever is required", () => {
    const lines = [`${A} :7000@17000 myself,master - 0 0 0 connected`];
    expect(viewOf(lines, false).state).toBe("down");
  });
});
