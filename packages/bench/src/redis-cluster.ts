import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { fromText, SLOTS, splitInline, toText } from "@slotcast/protocol";
import { BenchError } from "./bench-error.ts";
import { clusterInfoOf } from "./cluster-under-test.ts";
import type { RespConnection } from "./resp-connection.ts";
import type { ClusterRecipe } from "./start-cluster.ts";
import { StartedProcess } from "./started-process.ts";

export interface RedisOptions {
  /** As typed after `--versus`: a command and its arguments, quoted as in redis-cli. */
  readonly commandLine: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly nodes: number;
}

/** Real redis-server (or valkey-server) nodes, made a cluster the way `redis-cli --cluster create` does. */
export function redisCluster({ commandLine, env, nodes }: RedisOptions): ClusterRecipe {
  const [command, ...userArgs] = splitInline(fromText(commandLine))?.map(toText) ?? [];
  if (command === undefined) throw new BenchError(`--versus: cannot read '${commandLine}'`);
  return {
    label: commandLine,
    launch: ({ firstPort, directory }) =>
      Array.from({ length: nodes }, (_, node) => {
        const port = firstPort + node;
        const nodeDirectory = join(directory, `node-${port}`);
        mkdirSync(nodeDirectory);
        const args = [...userArgs, ...nodeArgs(port, nodeDirectory)];
        return new StartedProcess({ name: command, command, args, env });
      }),
    join: joinNodes,
    isReady: (node) => isReady(node, nodes),
  };
}

/** After the user's arguments, since the last one wins: nothing is saved, and the place is ours. */
function nodeArgs(port: number, directory: string): string[] {
  const directives = {
    port: `${port}`,
    bind: "127.0.0.1",
    dir: directory,
    "cluster-enabled": "yes",
    "cluster-config-file": "nodes.conf",
    save: "",
    appendonly: "no",
    daemonize: "no",
  };
  return Object.entries(directives).flatMap(([name, value]) => [`--${name}`, value]);
}

async function joinNodes(nodes: readonly RespConnection[]): Promise<void> {
  const [first] = nodes;
  if (first === undefined) return;
  for (const [index, node] of nodes.entries()) {
    const from = Math.round((index * SLOTS) / nodes.length);
    const until = Math.round(((index + 1) * SLOTS) / nodes.length);
    await node.request(["CLUSTER", "ADDSLOTSRANGE", `${from}`, `${until - 1}`]);
    // Equal epochs would be resolved by gossip later; redis-cli sets them for the same reason.
    await node.request(["CLUSTER", "SET-CONFIG-EPOCH", `${index + 1}`]);
  }
  for (const node of nodes.slice(1)) {
    const { host, port } = node.address;
    await first.request(["CLUSTER", "MEET", host, `${port}`]);
  }
}

/** A PUBLISH before a link stands is lost, so every node has to see every other one connected. */
async function isReady(node: RespConnection, nodes: number): Promise<boolean> {
  const info = await clusterInfoOf(node);
  if (info.get("cluster_state") !== "ok") return false;
  const lines = String(await node.request(["CLUSTER", "NODES"]))
    .trimEnd()
    .split("\n");
  return (
    lines.length === nodes &&
    lines.every((line) => {
      const [, , flags = "", , , , , linkState] = line.split(" ");
      return linkState === "connected" && !/handshake|fail|noaddr/.test(flags);
    })
  );
}
