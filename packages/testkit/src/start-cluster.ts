import { randomBytes } from "node:crypto";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { divideSlots, formatNodesFile, type NodeRecord } from "@slotcast/node";
import { ascii, hashSlot } from "@slotcast/protocol";
import { freePorts } from "./free-ports.ts";
import { CLUSTER_READY_WITHIN_MS } from "./limits.ts";
import { NodeProcess } from "./node-process.ts";
import type { NodeOptions } from "./start-node.ts";
import { until } from "./until.ts";

const BUS_PORT_OFFSET = 10_000;

/** So many primaries, slots divided evenly, each node a process. Ends with its `await using` block. */
export class TestCluster implements AsyncDisposable {
  readonly nodes: readonly NodeProcess[];
  readonly #slots: readonly (readonly [first: number, last: number])[];
  readonly #dir: string;

  constructor(nodes: readonly NodeProcess[], dir: string) {
    this.nodes = nodes;
    this.#slots = divideSlots(nodes.length);
    this.#dir = dir;
  }

  /** The node that owns the slot of a key or shard channel. */
  nodeOf(key: string): NodeProcess {
    const slot = hashSlot(ascii(key));
    return this.node(this.#slots.findIndex(([, last]) => slot <= last));
  }

  node(index: number): NodeProcess {
    const node = this.nodes[index];
    if (node === undefined) throw new RangeError(`the cluster has no node ${index}`);
    return node;
  }

  async kill(index: number, signal: NodeJS.Signals = "SIGKILL"): Promise<void> {
    await this.node(index).kill(signal);
  }

  /** Resolves when the node answers; its links may still be on their way: see `untilReady`. */
  async restart(index: number): Promise<void> {
    await this.node(index).restart();
  }

  /** Every node serves, and has a link to every other one. */
  async untilReady(withinMs = CLUSTER_READY_WITHIN_MS): Promise<void> {
    for (const [index, node] of this.nodes.entries()) {
      await until(async () => isReady(await askClusterInfo(node), this.nodes.length), {
        withinMs,
        what: `node ${index} with a link to each of the others`,
      });
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.nodes.map(async (node) => node[Symbol.asyncDispose]()));
    await rm(this.#dir, { recursive: true, force: true });
  }
}

/** Resolves when the cluster is ready: every node answers and has found the others. */
export async function startCluster(
  options: NodeOptions & { readonly nodes?: number } = {},
): Promise<TestCluster> {
  const ports = await freePorts(options.nodes ?? 3);
  const dir = await mkdtemp(join(tmpdir(), "slotcast-cluster-"));
  const records = makeRecords(ports);
  const env = { SLOTCAST_CLUSTER_SECRET: randomBytes(32).toString("hex"), ...options.env };
  const nodes: NodeProcess[] = [];
  for (const [self, port] of ports.entries()) {
    const nodeDir = join(dir, String(port));
    await mkdir(nodeDir);
    await writeFile(join(nodeDir, "nodes.conf"), nodesFile(records, self));
    const directives = { dir: nodeDir, "cluster-enabled": "yes", ...options.directives };
    nodes.push(new NodeProcess({ port, directives, env, cleanUp: nothing }));
  }
  const cluster = new TestCluster(nodes, dir);
  try {
    await Promise.all(nodes.map(async (node) => node.start()));
    await cluster.untilReady();
  } catch (error) {
    await cluster[Symbol.asyncDispose]();
    throw error;
  }
  return cluster;
}

function makeRecords(ports: readonly number[]): NodeRecord[] {
  const slots = divideSlots(ports.length);
  return ports.map((port, index) => ({
    id: randomBytes(20).toString("hex"),
    host: "127.0.0.1",
    port,
    busPort: port + BUS_PORT_OFFSET,
    hostname: "",
    nodename: `node-${index + 1}`,
    flags: ["master"],
    primaryId: undefined,
    epoch: index + 1,
    slots: slots.slice(index, index + 1),
    announced: [],
    aux: {},
  }));
}

function nodesFile(records: readonly NodeRecord[], self: number): string {
  return formatNodesFile({
    nodes: records.map((record, index) => ({
      ...record,
      flags: index === self ? ["myself", "master"] : ["master"],
    })),
    currentEpoch: records.length,
    lastVoteEpoch: 0,
  });
}

async function askClusterInfo(node: NodeProcess): Promise<string> {
  await using client = await node.connect();
  return (await client.callRaw("CLUSTER", "INFO")).latin1Slice();
}

function isReady(clusterInfo: string, nodes: number): boolean {
  const lines = clusterInfo.split("\r\n");
  return (
    lines.includes("cluster_state:ok") && lines.includes(`cluster_links_connected:${nodes - 1}`)
  );
}

async function nothing(): Promise<void> {}
