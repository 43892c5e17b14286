import { readFile } from "node:fs/promises";
import type { NodeProcess } from "../node-process.ts";
import type { TestCluster } from "../start-cluster.ts";
import { until } from "../until.ts";

const KEYS = 200;
/** Of a small cluster. */
const VOTERS = 3;
/** How the line of a portrait begins that any change of a fact changes. */
export const VERSION_LINE = "facts of version ";
/** Lines of CLUSTER INFO that only a change of the facts, or a dead node, may change. */
const LASTING = /^cluster_(state|slots_\w+|known_nodes|size|current_epoch|my_epoch|publish_mode):/;

/** Data of several types that nobody writes to again. */
export async function plantKeys(cluster: TestCluster): Promise<void> {
  for (let number = 0; number < KEYS; number += 1) {
    const key = `planted:${number}`;
    await using client = await cluster.nodeOf(key).connect();
    if (number % 4 === 0) await client.call("SET", key, `value ${number}`);
    else if (number % 4 === 1) await client.call("RPUSH", key, "first", String(number));
    else if (number % 4 === 2) await client.call("XADD", key, `${number}-1`, "field", "value");
    else await client.call("SADD", key, "one", String(number));
  }
}

/** Of CLUSTER STATUS. */
interface Status {
  readonly factsVersion: number;
  readonly voters: { readonly nodes: readonly string[] };
  readonly shards: readonly {
    readonly id: string;
    readonly epoch: number;
    readonly inSync: readonly string[];
  }[];
}

async function statusOf(node: NodeProcess): Promise<Status> {
  await using client = await node.connect();
  return JSON.parse(await client.callText("CLUSTER", "STATUS")) as Status; // docs/cluster-status.md
}

/** The young cluster has chosen its voters, and all nodes know it: from here on nothing changes by itself. */
export async function untilSettled(cluster: TestCluster, withinMs: number): Promise<void> {
  await until(
    async () => {
      const all = await Promise.all(cluster.nodes.map(statusOf));
      const versions = new Set(all.map(({ factsVersion }) => factsVersion));
      return versions.size === 1 && all.every(({ voters }) => voters.nodes.length === VOTERS);
    },
    { withinMs, what: `${VOTERS} voters` },
  );
}

/** All that may not change under attack, as lines: facts, slots, epochs, and the planted keys. */
export async function portrait(cluster: TestCluster): Promise<string[]> {
  const lines: string[] = [];
  for (const [index, node] of cluster.nodes.entries()) {
    await using client = await node.connect();
    const nodes = await client.callText("CLUSTER", "NODES");
    const info = await client.callText("CLUSTER", "INFO");
    const slots = await client.callRaw("CLUSTER", "SLOTS");
    const { factsVersion, voters, shards } = await statusOf(node);
    const seen = [
      // Without the times of heartbeats, and whether the link is up at this moment.
      ...nodes.split("\n").map((line) => {
        const [id, address, flags, primary, , , epoch, , ...owned] = line.split(" ");
        return [id, address, flags, primary, epoch, ...owned].join(" ");
      }),
      ...info.split("\r\n").filter((line) => LASTING.test(line)),
      slots.toString("latin1"),
      `${VERSION_LINE}${factsVersion}`,
      `voters ${voters.nodes.join(" ")}`,
      ...shards.map(({ id, epoch, inSync }) => `shard ${id} ${epoch} ${inSync.join(" ")}`),
    ];
    lines.push(...seen.toSorted().map((line) => `node ${index}: ${line}`));
  }
  for (let number = 0; number < KEYS; number += 1) {
    const key = `planted:${number}`;
    await using client = await cluster.nodeOf(key).connect();
    lines.push(`${key} ${(await client.callRaw("DUMP", key)).toString("hex")}`);
  }
  return lines;
}

/** `id kind direction create-time` of every link of every node: a new link is another line. */
export async function linksOf(cluster: TestCluster): Promise<string[]> {
  const lines: string[] = [];
  for (const [index, node] of cluster.nodes.entries()) {
    await using client = await node.connect();
    const reply = await client.call("CLUSTER", "LINKS");
    const links = Array.isArray(reply) ? reply : [];
    // direction, node and create-time; events and buffers come and go
    lines.push(
      ...links.map((link) => `${index} ${JSON.stringify(link).replace(/"events".*/, "")}`),
    );
  }
  return lines.toSorted();
}

/** How many connections of the bus each node has ended, by reason, since it started; all nodes together. */
export async function closesOf(cluster: TestCluster): Promise<Map<string, number>> {
  const closes = new Map<string, number>();
  for (const node of cluster.nodes) {
    await using client = await node.connect();
    const info = await client.callText("CLUSTER", "INFO");
    for (const [, reason = "", count] of info.matchAll(/^cluster_bus_closed_(\w+):(\d+)\r$/gm)) {
      closes.set(reason, (closes.get(reason) ?? 0) + Number(count));
    }
  }
  return closes;
}

/** Resident memory of a node's process. Linux. */
export async function residentBytes({ pid }: NodeProcess): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, "utf8");
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1]) * 1024;
}
