import { afterEach, describe, expect, test } from "vitest";
import { TestClusterNode, type TestNodeOptions } from "./test-cluster-node.ts";

// Goal: nodes become one cluster, or stay what they were, whoever says it first and whatever crosses.
// Method: whole nodes in this process, with their buses and disks; every wait is for a condition.

const DONE = { kind: "done" };
const PATIENCE = { timeout: 20_000 };
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

async function several(count: number): Promise<TestClusterNode[]> {
  return Promise.all(Array.from({ length: count }, async () => start()));
}

/** A cluster of so many, made one by one. */
async function clusterOf(count: number): Promise<[TestClusterNode, ...TestClusterNode[]]> {
  const [first, ...others] = await several(count);
  if (first === undefined) throw new RangeError("no nodes");
  for (const node of others) expect(await node.meet(first)).toEqual(DONE);
  await expectOne(first, ...others);
  // While it is being decided who votes, nobody of them can be forgotten.
  const { admin } = first.cluster;
  await expect.poll(() => admin.facts.voters.length, PATIENCE).toBe(count < 3 ? 1 : 3);
  return [first, ...others];
}

/** All of them are one cluster, and each is linked with the others. */
async function expectOne(...members: TestClusterNode[]): Promise<void> {
  const ids = members.map(({ id }) => id).toSorted();
  for (const node of members) {
    await expect.poll(() => node.known, PATIENCE).toEqual(ids);
    await expect
      .poll(() => node.line("cluster_links_connected"), PATIENCE)
      .toBe(members.length - 1);
  }
  const clusterIds = new Set(members.map(({ cluster }) => cluster.admin.facts.clusterId));
  expect(clusterIds.size).toBe(1);
}

describe("a node that starts alone", () => {
  test("is a cluster of its own, and decides there", async () => {
    const node = await start();
    expect(node.known).toEqual([node.id]);
    await node.addSlots(0, 16_383);
    expect(node.line("cluster_state")).toBe("ok");
    expect(node.cluster.view.self).toMatchObject({ role: "primary", configEpoch: 1 });
  });

  test("joins another one that is alone, with the slots that it claimed", async () => {
    const [a, b] = await several(2);
    if (a === undefined || b === undefined) return;
    await a.addSlots(0, 99);
    await b.addSlots(100, 199);
    expect(await a.meet(b)).toEqual(DONE);
    await expectOne(a, b);
    for (const { cluster } of [a, b]) {
      expect([cluster.view.ownerOf(99), cluster.view.ownerOf(100)]).toEqual([a.id, b.id]);
      // Nobody was told an address: the links showed it.
      expect([...cluster.view.nodes.values()].map(({ address }) => address.host)).toEqual([
        "127.0.0.1",
        "127.0.0.1",
      ]);
    }
  });

  test("joins a cluster that it meets", async () => {
    const [a, b] = await clusterOf(2);
    const c = await start();
    expect(await c.meet(a)).toEqual(DONE);
    if (b !== undefined) await expectOne(a, b, c);
  });

  test("comes into a cluster that meets it", async () => {
    const [a, b] = await clusterOf(2);
    const c = await start();
    expect(await a.meet(c)).toEqual(DONE);
    if (b !== undefined) await expectOne(a, b, c);
  });

  test("is not let in with slots that have another owner, and stays what it was", async () => {
    const [a, b] = await several(2);
    if (a === undefined || b === undefined) return;
    await a.addSlots(0, 99);
    await b.addSlots(99, 199);
    expect(await a.meet(b)).toMatchObject({ kind: "refused" });
    expect([a.known, b.known]).toEqual([[a.id], [b.id]]);
    expect(a.cluster.view.self.slots).toEqual([{ first: 0, last: 99 }]);
    // It may have learnt its own address; nothing else.
    await a.addSlots(5000, 5000);
  });

  test("meets itself as in Redis: nothing happens", async () => {
    const node = await start();
    expect(await node.meet(node)).toEqual(DONE);
    expect(node.known).toEqual([node.id]);
  });

  test("finds who is not there yet when he comes", async () => {
    const a = await start();
    const b = await TestClusterNode.make();
    nodes.push(b);
    expect(await a.meet(b)).toEqual(DONE);
    expect(a.known).toEqual([a.id]);
    await b.cluster.start();
    await expectOne(a, b);
  });
});

test("two clusters of several nodes do not merge", async () => {
  const [a, b] = await clusterOf(2);
  const [c, d] = await clusterOf(2);
  expect(await a.meet(c)).toEqual({
    kind: "refused",
    reason: "Both nodes are in clusters with other nodes: clusters do not merge",
  });
  if (b === undefined || d === undefined) return;
  await expectOne(a, b);
  await expectOne(c, d);
});

describe("at once", () => {
  test("two that meet each other are one cluster", async () => {
    for (let round = 0; round < 3; round += 1) {
      const [a, b] = await several(2);
      if (a === undefined || b === undefined) return;
      await Promise.all([a.meet(b), b.meet(a)]);
      await expectOne(a, b);
    }
  });

  test("three of which each meets the next are one cluster", async () => {
    const [a, b, c] = await several(3);
    if (a === undefined || b === undefined || c === undefined) return;
    await Promise.all([a.meet(b), b.meet(c), c.meet(a)]);
    await expectOne(a, b, c);
  });

  test("four that one meets are one cluster", async () => {
    const [first, ...others] = await several(4);
    if (first === undefined) return;
    await Promise.all(others.map(async (other) => first.meet(other)));
    await expectOne(first, ...others);
  });

  test("four that meet one are one cluster", async () => {
    const [first, ...others] = await several(4);
    if (first === undefined) return;
    await Promise.all(others.map(async (other) => other.meet(first)));
    await expectOne(first, ...others);
  });
});

test("a slot that a node is given while it is let in is its own afterwards", async () => {
  for (let round = 0; round < 3; round += 1) {
    const [a, b] = await several(2);
    if (a === undefined || b === undefined) return;
    const meeting = a.meet(b);
    const given: number[] = [];
    const give = async (slot: number): Promise<void> => {
      await a.addSlots(slot, slot);
      given.push(slot);
    };
    for (let slot = 0; a.known.length < 2; slot += 4) {
      await Promise.all([0, 1, 2, 3].map(async (more) => give(slot + more)));
    }
    expect(await meeting).toEqual(DONE);
    await expectOne(a, b);
    for (const { cluster } of [a, b]) {
      await expect
        .poll(() => given.filter((slot) => cluster.view.ownerOf(slot) !== a.id), PATIENCE)
        .toEqual([]);
    }
  }
});

describe("a member", () => {
  test("that starts again is in its cluster, without being met", async () => {
    const [a, b, c] = await clusterOf(3);
    if (b === undefined || c === undefined) return;
    const { id } = c;
    await c.stop();
    const again = await start({ as: c });
    expect(again.id).toBe(id);
    await expectOne(a, b, again);
    const incarnation = (): number | undefined => a.cluster.admin.facts.nodes.get(id)?.incarnation;
    await expect.poll(incarnation, PATIENCE).toBe(2);
  });
});

describe("a node that was forgotten", () => {
  test("is not let in by its seeds, and comes back by CLUSTER MEET", async () => {
    const [a, b, c] = await clusterOf(3);
    if (b === undefined || c === undefined) return;
    expect(await a.cluster.admin.forget(c.id)).toEqual(DONE);
    await expectOne(a, b);
    expect(await c.cluster.admin.reset({ isHard: false })).toEqual(DONE);
    expect(c.known).toEqual([c.id]);
    await c.stop();
    const seeded = await start({ as: c, flags: `--cluster-seeds 127.0.0.1:${a.port}` });
    const refusal = (): unknown =>
      seeded.logger.lines.find(({ fields }) => fields["event"] === "seed.refused");
    await expect
      .poll(refusal, PATIENCE)
      .toMatchObject({ fields: { reason: expect.stringMatching(/^forgotten: /) } });
    expect(a.known).toHaveLength(2);
    expect(await a.meet(seeded)).toEqual(DONE);
    await expectOne(a, b, seeded);
  });

  test.each(["it meets a member", "a member meets it"])(
    "and runs on comes back when %s",
    async (how) => {
      const [a, b, c] = await clusterOf(3);
      if (b === undefined || c === undefined) return;
      await a.addSlots(0, 99);
      expect(await a.cluster.admin.forget(c.id)).toEqual(DONE);
      await expectOne(a, b);
      const { id } = c;
      expect(await (how === "it meets a member" ? c.meet(a) : a.meet(c))).toEqual(DONE);
      await expectOne(a, b, c);
      expect([c.id, c.cluster.view.ownerOf(99)]).toEqual([id, a.id]);
    },
  );

  test("after CLUSTER MEET was said stays out, and keeps what it has", async () => {
    const [a, b, c] = await clusterOf(3);
    if (b === undefined || c === undefined) return;
    const { clusterId } = a.cluster.admin.facts;
    await c.stop();
    // Nobody answers there: it is tried on.
    expect(await a.meet(c)).toEqual(DONE);
    expect(await a.cluster.admin.forget(c.id)).toEqual(DONE);
    const again = await start({ as: c });
    const refusal = (): unknown =>
      a.logger.lines.find(({ fields }) => fields["event"] === "cluster.not-met");
    await expect
      .poll(refusal, PATIENCE)
      .toMatchObject({ fields: { reason: "it was removed from the cluster since" } });
    expect([a.known.length, again.cluster.admin.facts.clusterId]).toEqual([2, clusterId]);
    expect(await a.meet(again)).toEqual(DONE);
    await expectOne(a, b, again);
  });
});
