import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePorts } from "./free-ports.ts";
import { NodeProcess, type Directives } from "./node-process.ts";

export interface NodeOptions {
  readonly directives?: Directives;
  /** Added to the environment of the test. */
  readonly env?: Readonly<Record<string, string>>;
}

/** Starts a standalone node on a free port, in a directory of its own that is removed at the end. */
export async function startNode(options: NodeOptions = {}): Promise<NodeProcess> {
  const [port = 0] = await freePorts(1);
  const dir = await mkdtemp(join(tmpdir(), "slotcast-node-"));
  const node = new NodeProcess({
    port,
    directives: { dir, ...options.directives },
    env: options.env ?? {},
    cleanUp: async () => rm(dir, { recursive: true, force: true }),
  });
  try {
    await node.start();
  } catch (error) {
    await node[Symbol.asyncDispose]();
    throw error;
  }
  return node;
}
