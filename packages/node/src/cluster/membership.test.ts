import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { afterEach, describe, expect, test } from "vitest";
import type { AdminOutcome } from "./cluster-admin.ts";
import { FOUNDING_MS } from "./limits.ts";
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

  test("makes the others forget what it said of itself", async () => {
    const a = await start();
    const b = await start({ flags: "--cluster-announce-hostname two.example" });
    expect(await b.meet(a)).toEqual(DONE);
    const hostname = (): string => a.cluster.addresses.hostname(b.id);
    await expect.poll(hostname, PATIENCE).toBe("two.example");
    expect(await reset(b, false)).toEqual(DONE);
    await expect.poll(hostname, PATIENCE).toBe("");
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

/** CLUSTER RESET. */
async function reset({ cluster }: TestClusterNode, isHard: boolean): Promise<AdminOutcome> {
  return cluster.admin.reset({ isHard });
}

/** It has left its cluster, and is in no other one yet. It must have slots, and be alone. */
async function untilMoving(node: TestClusterNode): Promise<void> {
  while (node.cluster.view.isServing) await setImmediate();
}

/** Of a disk that seems to have failed. Then the process ends. */
function fatalLines({ logger }: TestClusterNode): unknown[] {
  return logger.lines.filter(({ level }) => level === "fatal");
}

// Both would write the same files, and the disk would seem to have failed.
describe("two moves at once", () => {
  const TOO_LATE = { kind: "refused", reason: expect.stringContaining("meanwhile") };

  test.each([
    [true, true],
    [false, false],
    [true, false],
  ])("CLUSTER RESET, HARD %s and %s: one happens, the other is refused", async (one, two) => {
    const a = await start();
    await a.addSlots(0, 99);
    const { id } = a;
    expect(await Promise.all([reset(a, one), reset(a, two)])).toEqual([DONE, TOO_LATE]);
    expect(fatalLines(a)).toEqual([]);
    expect([a.known, a.id !== id]).toEqual([[a.id], one]);
    await a.addSlots(0, 16_383);
    expect(a.line("cluster_state")).toBe("ok");
  });

  test("CLUSTER RESET of a member: the others forget it, and it is alone", async () => {
    const [a, b] = await pair();
    const { id } = b;
    expect(await Promise.all([reset(b, true), reset(b, true)])).toEqual([DONE, TOO_LATE]);
    await expect.poll(() => a.known, PATIENCE).toEqual([a.id]);
    expect(b.id).not.toBe(id);
    expect(b.known).toEqual([b.id]);
    expect(fatalLines(b)).toEqual([]);
  });

  test.each([true, false])("coming into a cluster, then CLUSTER RESET, HARD %s", async (isHard) => {
    const [a, b] = [await start(), await start()];
    await b.addSlots(0, 16_383);
    await expect.poll(() => b.cluster.view.isServing, PATIENCE).toBe(true);
    const met = b.meet(a);
    await untilMoving(b);
    expect(await reset(b, isHard)).toEqual(TOO_LATE);
    expect(await met).toEqual(DONE);
    for (const node of [a, b]) {
      await expect.poll(() => node.known, PATIENCE).toEqual([a.id, b.id].toSorted());
    }
    expect(fatalLines(b)).toEqual([]);
  });
});

test.each(["writes its files", "begins its own cluster"])(
  "a node that is stopped while it %s after CLUSTER RESET stops at once, and can start again",
  async (stage) => {
    const a = await start();
    await a.addSlots(0, 16_383);
    await expect.poll(() => a.cluster.view.isServing, PATIENCE).toBe(true);
    const { id } = a;
    const over = reset(a, true);
    await untilMoving(a);
    if (stage === "begins its own cluster") while (a.id === id) await setImmediate();
    const stoppedAtMs = performance.now();
    await a.stop();
    expect(performance.now() - stoppedAtMs).toBeLessThan(FOUNDING_MS / 2);
    await over;
    const again = await start({ as: a });
    expect(again.known).toEqual([again.id]);
    expect(again.id).not.toBe(id);
    expect(fatalLines(a)).toEqual([]);
  },
);

test("a node with an identity from a backup says once that it must join as a new one", async () => {
  const [a, b] = await pair();
  const path = join(b.dir, "nodes.identity");
  const backup = await readFile(path);
  let again = b;
  for (const incarnation of [2, 3]) {
    await again.stop();
    again = await start({ as: again });
    const known = (): number | undefined => a.cluster.admin.facts.nodes.get(b.id)?.incarnation;
    await expect.poll(known, PATIENCE).toBe(incarnation);
  }
  await again.stop();
  await writeFile(path, backup);
  const stale = await start({ as: again });
  const said = (): unknown[] =>
    stale.logger.lines.filter(({ fields }) => fields["event"] === "node.stale");
  await expect
    .poll(said, PATIENCE)
    .toMatchObject([{ level: "warn", fields: { reason: "incarnation 2, it is 3" } }]);
});
