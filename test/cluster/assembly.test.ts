import { mkdtemp, mkdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { freePorts, NodeProcess, until } from "@slotcast/testkit";
import type { ClusterStatus } from "@slotcast/node";
import { expect, test } from "vitest";
import { readStatus } from "./slotcast-command.ts";

// Goal: nodes that are told a few seeds become the cluster that was asked for, whoever comes first, and stay it.

const TEST_TIMEOUT_MS = 120_000;
const ASSEMBLED_WITHIN_MS = 60_000;
const NODES = 6;
/** Between the starts, so that some are members already when others begin. */
const START_SPREAD_MS = 1500;

class SeededNodes implements AsyncDisposable {
  readonly nodes: readonly NodeProcess[];
  readonly #dir: string;

  private constructor(nodes: readonly NodeProcess[], dir: string) {
    this.nodes = nodes;
    this.#dir = dir;
  }

  static async make(): Promise<SeededNodes> {
    const dir = await mkdtemp(join(tmpdir(), "slotcast-assembly-"));
    const ports = await freePorts(NODES);
    const seeds = ports.slice(0, 3).map((port) => `127.0.0.1:${port}`);
    const nodes = ports.map((port) => {
      const directives = {
        dir: join(dir, String(port)),
        "cluster-enabled": "yes",
        "cluster-node-timeout": "1500",
        "cluster-seeds": seeds.join(","),
        "cluster-size": String(NODES),
        "cluster-replicas": "1",
      };
      const env = { SLOTCAST_CLUSTER_SECRET: "known to all nodes of this test" };
      return new NodeProcess({ port, directives, env, cleanUp: async () => {} });
    });
    for (const { port } of nodes) await mkdir(join(dir, String(port)));
    return new SeededNodes(nodes, dir);
  }

  /** Resolves with what every node says when all agree that all is well. */
  async untilAssembled(): Promise<ClusterStatus> {
    const statuses: ClusterStatus[] = [];
    for (const { port } of this.nodes) {
      await until(
        async () => {
          const status = await readStatus(port);
          expect(status).toMatchObject({ state: "ok", problems: [], slotsAssigned: 16_384 });
          statuses.push(status);
        },
        { withinMs: ASSEMBLED_WITHIN_MS, what: `a whole cluster, as ${port} sees it` },
      );
    }
    expect(new Set(statuses.map(({ clusterId }) => clusterId)).size).toBe(1);
    const [status] = statuses;
    if (status === undefined) throw new Error("no node was asked");
    return status;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.nodes.map(async (node) => node[Symbol.asyncDispose]()));
    await rm(this.#dir, { recursive: true, force: true });
  }
}

function layoutOf({ shards }: ClusterStatus): string[] {
  return shards.map(({ slots, nodes }) => `${slots.join(" ")}: ${nodes.length}`);
}

test(
  "six nodes in any order, one of them killed and started again in the middle, are one cluster of three pairs",
  { timeout: TEST_TIMEOUT_MS },
  async () => {
    await using seeded = await SeededNodes.make();
    const order = seeded.nodes.toSorted(() => Math.random() - 0.5);
    const killed = order[Math.floor(Math.random() * order.length)];
    const ports = order.map(({ port }) => port);
    const about = `started ${ports.join(", ")}; killed ${killed?.port}; the first seed is ${seeded.nodes[0]?.port}`;
    await Promise.all(
      order.map(async (node) => {
        await delay(Math.random() * START_SPREAD_MS);
        await node.start();
        if (node !== killed) return;
        await delay(Math.random() * START_SPREAD_MS);
        await node.restart();
      }),
    );
    const status = await seeded.untilAssembled();
    expect([about, ...layoutOf(status)]).toEqual([
      about,
      ...["0,5460: 2", "5461,10922: 2", "10923,16383: 2"],
    ]);
  },
);

test(
  "a cluster that is assembled stays as it is when its first seed starts again",
  { timeout: TEST_TIMEOUT_MS },
  async () => {
    await using seeded = await SeededNodes.make();
    await Promise.all(seeded.nodes.map(async (node) => node.start()));
    const before = await seeded.untilAssembled();
    await seeded.nodes[0]?.restart();
    const after = await seeded.untilAssembled();
    expect(after.clusterId).toBe(before.clusterId);
    const members = ({ shards }: ClusterStatus): string[] =>
      shards.map(({ id, nodes }) => [id, ...nodes.map((node) => node.id).toSorted()].join(" "));
    expect(members(after)).toEqual(members(before));
  },
);
