import { join } from "node:path";
import type { ClusterUnderTest } from "../src/cluster-under-test.ts";
import { findPortBlock } from "../src/free-ports.ts";
import { parseInfoFields, type InfoFields } from "../src/info-fields.ts";
import { redisCluster } from "../src/redis-cluster.ts";
import { RespConnection, type NodeAddress } from "../src/resp-connection.ts";
import { clusterWords, slotcastCluster } from "../src/slotcast-cluster.ts";
import { startCluster, type ClusterRecipe } from "../src/start-cluster.ts";
import { StartedProcess } from "../src/started-process.ts";
import type { PerfContext } from "./perf-context.ts";

export type Side = "redis" | "ours";
export const SIDES = ["redis", "ours"] as const satisfies readonly Side[];

export interface ServerSpec {
  readonly kind: "standalone" | "cluster";
  /** 1 for a standalone server. */
  readonly nodes: number;
  /** For both servers. Standalone only. */
  readonly directives?: Readonly<Record<string, string>>;
  /** Start ours so that a full garbage collection can be asked for. Standalone only. */
  readonly hasInspector?: boolean;
}

/** Few enough for the buffers of both sides, many enough to be fast. */
const REQUESTS_PER_BATCH = 200;

/** A server, or a cluster of them, that this run started. Ends with its `await using` block. */
export class Contender implements AsyncDisposable {
  readonly side: Side;
  readonly server: ClusterUnderTest;
  /** Of Node's inspector, on loopback; only ours, and only when asked for. */
  readonly inspectorPort: number | undefined;

  private constructor(
    side: Side,
    server: ClusterUnderTest,
    options: { readonly inspectorPort: number | undefined },
  ) {
    this.side = side;
    this.server = server;
    this.inspectorPort = options.inspectorPort;
  }

  static async start(side: Side, spec: ServerSpec, context: PerfContext): Promise<Contender> {
    const withInspector = side === "ours" && spec.hasInspector === true;
    const inspectorPort = withInspector ? await findPortBlock(1, Math.random) : undefined;
    const recipe = recipeOf(side, spec, { context, inspectorPort });
    const server = await startCluster(recipe, { nodes: spec.nodes, signal: context.signal });
    return new Contender(side, server, { inspectorPort });
  }

  address(node = 0): NodeAddress {
    const address = this.server.nodes[node];
    if (address === undefined) throw new RangeError(`there is no node ${node}`);
    return address;
  }

  pid(node = 0): number {
    const pid = this.server.pids[node];
    if (pid === undefined) throw new RangeError(`there is no node ${node}`);
    return pid;
  }

  /** To be closed by who asked for it. */
  connect(node = 0): Promise<RespConnection> {
    return RespConnection.open({ address: this.address(node), password: undefined });
  }

  /** Sends one command on a connection of its own. Throws `BenchError` when the answer is an error. */
  async request(args: readonly string[], node = 0): Promise<unknown> {
    const connection = await this.connect(node);
    try {
      return await connection.request(args);
    } finally {
      connection.close();
    }
  }

  /** Sends many commands in batches, in their order. Throws `BenchError` when one of the answers is an error. */
  async requestAll(requests: Iterable<readonly string[]>): Promise<void> {
    const connection = await this.connect();
    try {
      let batch: (readonly string[])[] = [];
      for (const request of requests) {
        batch.push(request);
        if (batch.length < REQUESTS_PER_BATCH) continue;
        await connection.requestAll(batch);
        batch = [];
      }
      if (batch.length > 0) await connection.requestAll(batch);
    } finally {
      connection.close();
    }
  }

  /** Fields of an INFO section, or of CLUSTER INFO. */
  async info(args: readonly string[], node = 0): Promise<InfoFields> {
    return parseInfoFields(String(await this.request(args, node)));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.server[Symbol.asyncDispose]();
  }
}

export const SLOTCAST_MAIN = join(import.meta.dirname, "../../node/src/main.ts");

interface Making {
  readonly context: PerfContext;
  readonly inspectorPort: number | undefined;
}

function recipeOf(side: Side, spec: ServerSpec, making: Making): ClusterRecipe {
  if (spec.kind === "cluster") return clusterRecipe(side, spec.nodes, making.context);
  return standaloneRecipe(side, spec, making);
}

/** Ours is what a user types, with its defaults; redis-server becomes a cluster as `redis-cli --cluster create` makes it. */
export function clusterRecipe(side: Side, nodes: number, context: PerfContext): ClusterRecipe {
  const { env, pinning } = context;
  if (side === "redis") {
    const { command, args } = pinning.apply("server", { command: "redis-server", args: [] });
    return redisCluster({ commandLine: [command, ...args].join(" "), env, nodes });
  }
  // Only for its way to tell when the cluster is ready: what is launched is pinned.
  const { isReady } = slotcastCluster({
    execPath: process.execPath,
    serverEntry: SLOTCAST_MAIN,
    env,
    nodes,
  });
  return {
    label: "slotcast",
    isReady,
    launch: ({ firstPort, directory }) => {
      const args = [SLOTCAST_MAIN, ...clusterWords(nodes, { firstPort, directory })];
      const pinned = pinning.apply("server", { command: process.execPath, args });
      return [new StartedProcess({ name: "slotcast cluster", env, ...pinned })];
    },
  };
}

function standaloneRecipe(
  side: Side,
  spec: ServerSpec,
  { context, inspectorPort }: Making,
): ClusterRecipe {
  const { env, pinning } = context;
  const name = side === "redis" ? "redis-server" : "slotcast server";
  return {
    label: name,
    isReady: async (node) => (await node.request(["PING"])) === "PONG",
    launch: ({ firstPort, directory }) => {
      const directives = {
        port: `${firstPort}`,
        bind: "127.0.0.1",
        dir: directory,
        save: "",
        ...spec.directives,
      };
      const words = Object.entries(directives).flatMap(([word, value]) => [`--${word}`, value]);
      const inspect = inspectorPort === undefined ? [] : [`--inspect=127.0.0.1:${inspectorPort}`];
      const program =
        side === "redis"
          ? { command: "redis-server", args: words }
          : {
              command: process.execPath,
              args: [...inspect, SLOTCAST_MAIN, "server", ...words],
            };
      return [new StartedProcess({ name, env, ...pinning.apply("server", program) })];
    },
  };
}
