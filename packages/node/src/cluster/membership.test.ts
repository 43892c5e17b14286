import { afterEach, describe, expect, test } from "vitest";
import { TestClusterNode, type TestNodeOptions } from "./test-cluster-node.ts";

// Goal: a node is somebody in one cluster at a time, and what it was in the one before has no part in it.

const DONE = { kind: "done" };
const PATIENCE = { timeout: 10_000 };
let nodes: TestClusterNode[] = [];

afterEach(async () => {
  const all = nodes;
  nodes = [];
  await Promise.all(all.map(async (node) => node[Symbol.asyncDispose]()));
});

async function start(options?: TestNodeOptions): Promise<TestClusterNode> {
  const node = await TestClusterNode.start(options);
  nodes.push(node);
  return node;
}

async function pair(): Promise<[TestClusterNode, TestClusterNode]> {
  const [a, b] = [await start(), await start()];
  await a.addSlots(0, 16_383);
  expect(await b.meet(a)).toEqual(DONE);
  for (const node of [a, b]) {
    await expect.poll(() => node.line("cluster_links_connected"), PATIENCE).toBe(1);
  }
  return [a, b];
}

describe("CLUSTER RESET", () => {
  test("makes a member a cluster of its own again, with its id; the others forget it", async () => {
    const [a, b] = await pair();
    const { id } = b;
    expect(await b.cluster.admin.reset({ isHard: false })).toEqual(DONE);
    expect([b.id, b.known]).toEqual([id, [id]]);
    await expect.poll(() => a.known, PATIENCE).toEqual([a.id]);
    const { clusterId } = b.cluster.admin.facts;
    expect(clusterId).not.toBe(a.cluster.admin.facts.clusterId);
    await b.addSlots(0, 99);
    await b.stop();
    const again = await start({ as: b });
    expect([again.id, again.cluster.admin.facts.clusterId]).toEqual([id, clusterId]);
    expect(again.cluster.view.self.slots).toEqual([{ first: 0, last: 99 }]);
  });

  test("HARD makes it another node, which may join again", async () => {
    const [a, b] = await pair();
    const { id } = b;
    expect(await b.cluster.admin.reset({ isHard: true })).toEqual(DONE);
    expect(b.id).not.toBe(id);
    expect(await b.meet(a)).toEqual(DONE);
    await expect.poll(() => a.known, PATIENCE).toEqual([a.id, b.id].toSorted());
    await expect.poll(() => b.line("cluster_links_connected"), PATIENCE).toBe(1);
  });

  test("of a node that is alone drops its slots", async () => {
    const a = await start();
    await a.addSlots(0, 99);
    expect(await a.cluster.admin.reset({ isHard: false })).toEqual(DONE);
    expect(a.cluster.view.slotsAssigned).toBe(0);
    await a.addSlots(100, 199);
    expect(a.cluster.view.self.slots).toEqual([{ first: 100, last: 199 }]);
  });

  test("of the only node that has some slots is refused, and it stays", async () => {
    const [a, b] = await pair();
    expect(await a.cluster.admin.reset({ isHard: false })).toMatchObject({ kind: "refused" });
    expect(a.known).toEqual([a.id, b.id].toSorted());
  });
});
