import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePorts } from "../free-ports.ts";
import { ClusterUnderTest, PRIMARIES, REPLICAS } from "./cluster-under-test.ts";
import { ServerProcess } from "./server-process.ts";

const NODE_TIMEOUT_MS = 1_500;

export interface ServerRecipe {
  readonly name: string;
  readonly command: string;
  /** In front of the directives. */
  readonly argv: readonly string[];
  readonly directives: Readonly<Record<string, string>>;
  readonly env: NodeJS.ProcessEnv;
  readonly hasChannel: boolean;
  /** Where to keep the logs; undefined: with the nodes' other files, and removed with them. */
  readonly logs: string | undefined;
}

/** Each node on a free port of loopback, in a directory of its own that is removed at the end. */
export async function startServers(recipe: ServerRecipe): Promise<ClusterUnderTest> {
  const ports = await freePorts(PRIMARIES * (1 + REPLICAS));
  const directory = await mkdtemp(join(tmpdir(), `failover-${recipe.name}-`));
  const nodes: ServerProcess[] = [];
  for (const port of ports) {
    const dir = join(directory, String(port));
    await mkdir(dir);
    const directives = {
      port: String(port),
      bind: "127.0.0.1",
      dir,
      save: "",
      "cluster-enabled": "yes",
      "cluster-node-timeout": String(NODE_TIMEOUT_MS),
      ...recipe.directives,
    };
    const words = Object.entries(directives).flatMap(([name, value]) => [`--${name}`, value]);
    nodes.push(
      new ServerProcess({
        command: recipe.command,
        argv: [...recipe.argv, ...words],
        env: recipe.env,
        port,
        logPath: join(recipe.logs ?? directory, `${recipe.name}-${port}.log`),
        hasChannel: recipe.hasChannel,
      }),
    );
  }
  const cluster = new ClusterUnderTest({
    name: recipe.name,
    nodeTimeoutMs: NODE_TIMEOUT_MS,
    nodes,
    cleanUp: async () => rm(directory, { recursive: true, force: true }),
  });
  try {
    await cluster.create();
  } catch (error) {
    await cluster[Symbol.asyncDispose]();
    throw error;
  }
  return cluster;
}
