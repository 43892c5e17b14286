import { execFile } from "node:child_process";
import { setTimeout as delay } from "node:timers/promises";
import { promisify } from "node:util";
import type { RespClient } from "../resp-client.ts";
import { until } from "../until.ts";
import { ClusterView } from "./cluster-view.ts";
import { CLUSTER_CREATE_WITHIN_MS, LOOK_EVERY_MS, WHOLE_WITHIN_MS } from "./limits.ts";
import type { ServerProcess } from "./server-process.ts";

export const PRIMARIES = 3;
export const REPLICAS = 1;

const run = promisify(execFile);

/** Three primaries with a replica each, whoever makes them. Ends with its `await using` block. */
export class ClusterUnderTest implements AsyncDisposable {
  readonly name: string;
  readonly nodeTimeoutMs: number;
  readonly nodes: readonly ServerProcess[];
  readonly #cleanUp: () => Promise<void>;

  constructor(options: {
    readonly name: string;
    readonly nodeTimeoutMs: number;
    readonly nodes: readonly ServerProcess[];
    readonly cleanUp: () => Promise<void>;
  }) {
    this.name = options.name;
    this.nodeTimeoutMs = options.nodeTimeoutMs;
    this.nodes = options.nodes;
    this.#cleanUp = options.cleanUp;
  }

  get ports(): number[] {
    return this.nodes.map(({ port }) => port);
  }

  nodeAt(port: number): ServerProcess {
    const node = this.nodes.find((one) => one.port === port);
    if (node === undefined) throw new Error(`no node of the cluster is on port ${port}`);
    return node;
  }

  /** Starts the nodes and lets `redis-cli --cluster create` make them a cluster. */
  async create(): Promise<void> {
    await Promise.all(this.nodes.map(async (node) => node.start()));
    const addresses = this.ports.map((port) => `127.0.0.1:${port}`);
    const options = ["--cluster-replicas", String(REPLICAS), "--cluster-yes"];
    await run("redis-cli", ["--cluster", "create", ...addresses, ...options], {
      timeout: CLUSTER_CREATE_WITHIN_MS,
    });
    await this.untilWhole();
  }

  /** As one node sees it. */
  async view(port: number): Promise<ClusterView> {
    await using client = await this.nodeAt(port).connect();
    return new ClusterView(await askText(client, "CLUSTER", "NODES"));
  }

  /** Who serves the slot, and who follows, as any of the nodes that runs says. */
  async shardOf(
    slot: number,
  ): Promise<{ readonly primary: ServerProcess; readonly replicas: ServerProcess[] }> {
    const asked = this.nodes.find(({ isRunning }) => isRunning);
    if (asked === undefined) throw new Error("no node runs");
    const view = await this.view(asked.port);
    const primary = view.primaryOf(slot);
    if (primary === undefined) throw new Error(`nobody serves slot ${slot}`);
    const replicas = view.replicasOf(primary.id).map(({ port }) => this.nodeAt(port));
    return { primary: this.nodeAt(primary.port), replicas };
  }

  /**
   * Every node runs and says that the cluster is well; all agree who serves what, and every primary has its
   * replica, caught up and in sync: the next fault meets a cluster that can take it.
   */
  async untilWhole(withinMs = WHOLE_WITHIN_MS): Promise<void> {
    await until(
      async () => {
        const isWhole = await this.#isWhole();
        if (!isWhole) await delay(LOOK_EVERY_MS);
        return isWhole;
      },
      { withinMs, what: `${this.name} is whole` },
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.nodes.map(async (node) => node[Symbol.asyncDispose]()));
    await this.#cleanUp();
  }

  async #isWhole(): Promise<boolean> {
    const summaries = new Set<string>();
    for (const { port } of this.nodes) {
      await using client = await this.nodeAt(port).connect();
      const view = new ClusterView(await askText(client, "CLUSTER", "NODES"));
      if (!view.isWhole({ primaries: PRIMARIES, replicas: REPLICAS })) return false;
      if (!(await isWell(client))) return false;
      summaries.add(view.summary);
    }
    return summaries.size === 1;
  }
}

/** What a node says of itself: the cluster serves, and its part of replication is level. */
async function isWell(client: RespClient): Promise<boolean> {
  const cluster = await askText(client, "CLUSTER", "INFO");
  if (!cluster.includes("cluster_state:ok")) return false;
  const replication = await askText(client, "INFO", "replication");
  if (replication.includes("role:slave")) return /master_link_status:up/.test(replication);
  const online = replication.match(/^slave\d+:.*state=online/gm) ?? [];
  const inSync = /^repl_in_sync_nodes:(\d+)/m.exec(replication)?.[1] ?? 1 + REPLICAS; // redis-server knows no such set
  return online.length === REPLICAS && Number(inSync) === 1 + REPLICAS;
}

async function askText(client: RespClient, ...argv: readonly string[]): Promise<string> {
  const reply = await client.call(...argv);
  if (typeof reply !== "string") throw new TypeError(`${argv.join(" ")} is answered with no text`);
  return reply;
}
