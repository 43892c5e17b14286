import { randomBytes } from "node:crypto";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { divideSlots, type SlotRange } from "@slotcast/control";
import { ascii, hashSlot } from "@slotcast/protocol";
import { freePorts } from "./free-ports.ts";
import { CLUSTER_READY_WITHIN_MS } from "./limits.ts";
import { NodeProcess, type Place } from "./node-process.ts";
import type { NodeOptions } from "./start-node.ts";
import { until } from "./until.ts";

const BUS_PORT_OFFSET = 10_000;

/**
 * So many primaries, slots divided evenly, each node a process; behind them their replicas, in the same order. Ends with
 * its `await using` block.
 */
export class TestCluster implements AsyncDisposable {
  readonly nodes: readonly NodeProcess[];
  readonly #slots: readonly SlotRange[];
  readonly #dir: string;

  constructor(
    nodes: readonly NodeProcess[],
    { dir, primaries }: { readonly dir: string; readonly primaries: number },
  ) {
    this.nodes = nodes;
    this.#slots = divideSlots(primaries);
    this.#dir = dir;
  }

  get primaries(): number {
    return this.#slots.length;
  }

  /** The node that was given the slot of a key or shard channel. */
  nodeOf(key: string): NodeProcess {
    const slot = hashSlot(ascii(key));
    return this.node(this.#slots.findIndex(({ last }) => slot <= last));
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

  /** Every node serves, and has a link to every other one; there are as many voters as nodes want; every replica is in sync. */
  async untilReady(withinMs = CLUSTER_READY_WITHIN_MS): Promise<void> {
    for (const [index, node] of this.nodes.entries()) {
      await until(async () => isReady(await ask(node, "CLUSTER", "INFO"), this.nodes.length), {
        withinMs,
        what: `node ${index} with a link to each of the others`,
      });
      // Before that the loss of one node may be the loss of the majority.
      await until(async () => hasItsVoters(await ask(node, "CLUSTER", "STATUS")), {
        withinMs,
        what: `all voters, as node ${index} knows them`,
      });
    }
    const members = this.nodes.length / this.primaries;
    if (members === 1) return;
    for (const node of this.nodes) {
      await until(async () => isInSync(await ask(node, "INFO", "replication"), members), {
        withinMs,
        what: `replicas in sync, as ${node.port} knows it`,
      });
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.nodes.map(async (node) => node[Symbol.asyncDispose]()));
    await rm(this.#dir, { recursive: true, force: true });
  }
}

export interface ClusterOptions extends NodeOptions {
  /** Primaries. */
  readonly nodes?: number;
  /** Of each primary. */
  readonly replicas?: number;
  /** One for each node; without it all run beside the test. */
  readonly places?: readonly Place[];
  /** The bus port that the other nodes are told in place of a node's own: that of a tap, say. */
  readonly announcedBusPort?: (index: number, busPort: number) => Promise<number>;
}

/** Resolves when the cluster is ready: every node answers and has found the others. */
export async function startCluster(options: ClusterOptions = {}): Promise<TestCluster> {
  const { places, replicas = 0, announcedBusPort = itsOwn } = options;
  const primaries = options.nodes ?? Math.floor((places?.length ?? 3) / (replicas + 1));
  const ports = await freePorts(primaries * (replicas + 1));
  const dir = await mkdtemp(join(tmpdir(), "slotcast-cluster-"));
  const env = { SLOTCAST_CLUSTER_SECRET: randomBytes(32).toString("hex"), ...options.env };
  const nodes: NodeProcess[] = [];
  for (const [index, port] of ports.entries()) {
    const nodeDir = join(dir, String(port));
    await mkdir(nodeDir);
    const directives = {
      dir: nodeDir,
      "cluster-enabled": "yes",
      "cluster-announce-human-nodename": `node-${index + 1}`,
      "cluster-announce-bus-port": String(await announcedBusPort(index, port + BUS_PORT_OFFSET)),
      // Clients on other hosts come in without a password.
      "protected-mode": places === undefined ? "yes" : "no",
      ...options.directives,
    };
    const place = places?.[index];
    nodes.push(new NodeProcess({ port, directives, env, cleanUp: nothing, place }));
  }
  const cluster = new TestCluster(nodes, { dir, primaries });
  try {
    await Promise.all(nodes.map(async (node) => node.start()));
    await assemble(cluster);
    await cluster.untilReady();
  } catch (error) {
    await cluster[Symbol.asyncDispose]();
    throw error;
  }
  return cluster;
}

/** As `redis-cli --cluster create` does it, and all at once where the order does not matter. */
async function assemble({ nodes, primaries }: TestCluster): Promise<void> {
  const slots = divideSlots(primaries);
  await Promise.all(
    nodes.map(async (node, index) => {
      const range = slots[index];
      if (range === undefined) return;
      const { first, last } = range;
      await ask(node, "CLUSTER", "ADDSLOTSRANGE", String(first), String(last));
      await ask(node, "CLUSTER", "SET-CONFIG-EPOCH", String(index + 1));
    }),
  );
  const [founder, ...others] = nodes;
  if (founder === undefined) return;
  for (const node of others) {
    await ask(node, "CLUSTER", "MEET", founder.host, String(founder.port));
  }
  for (const node of nodes) {
    await until(async () => knows(await ask(node, "CLUSTER", "INFO"), nodes.length), {
      withinMs: CLUSTER_READY_WITHIN_MS,
      what: `a node that knows the ${nodes.length - 1} others`,
    });
  }
  for (const [index, node] of nodes.entries()) {
    const primary = nodes[index % primaries];
    if (index < primaries || primary === undefined) continue;
    await ask(node, "CLUSTER", "REPLICATE", await ask(primary, "CLUSTER", "MYID"));
  }
}

/** The text of the reply. */
async function ask(node: NodeProcess, ...request: readonly string[]): Promise<string> {
  await using client = await node.connect();
  const reply = (await client.callRaw(...request)).latin1Slice();
  if (reply.startsWith("-")) throw new Error(`${request.join(" ")}: ${reply}`);
  return reply.startsWith("$") ? reply.slice(reply.indexOf("\r\n") + 2, -2) : reply;
}

function isReady(clusterInfo: string, nodes: number): boolean {
  const lines = clusterInfo.split("\r\n");
  return (
    lines.includes("cluster_state:ok") && lines.includes(`cluster_links_connected:${nodes - 1}`)
  );
}

function hasItsVoters(status: string): boolean {
  const { voters } = JSON.parse(status) as { voters: { nodes: string[]; wanted: number } }; // ClusterStatus
  return voters.nodes.length >= voters.wanted;
}

function knows(clusterInfo: string, nodes: number): boolean {
  return clusterInfo.split("\r\n").includes(`cluster_known_nodes:${nodes}`);
}

function isInSync(info: string, members: number): boolean {
  const lines = info.split("\r\n");
  return (
    lines.includes(`repl_in_sync_nodes:${members}`) &&
    (lines.includes("role:master") || lines.includes("master_link_status:up"))
  );
}

async function itsOwn(_index: number, busPort: number): Promise<number> {
  return busPort;
}

async function nothing(): Promise<void> {}
