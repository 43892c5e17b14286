import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BenchError } from "./bench-error.ts";
import { ClusterUnderTest } from "./cluster-under-test.ts";
import { findPortBlock } from "./free-ports.ts";
import { CLUSTER_READY_MS_MAX, CLUSTER_READY_POLL_MS } from "./limits.ts";
import { RespConnection, type NodeAddress } from "./resp-connection.ts";
import type { StartedProcess } from "./started-process.ts";
import { waitUntil } from "./wait-until.ts";

/** How one kind of server becomes a cluster. */
export interface ClusterRecipe {
  readonly label: string;
  /** Starts the processes of nodes at `firstPort` and the ports after it, on loopback, with files in `directory`. */
  readonly launch: (place: { firstPort: number; directory: string }) => readonly StartedProcess[];
  /** Once all nodes answer. */
  readonly join?: (nodes: readonly RespConnection[]) => Promise<void>;
  /** As seen by one node. Asked again until all say yes. */
  readonly isReady: (node: RespConnection) => Promise<boolean>;
}

export interface StartOptions {
  readonly nodes: number;
  readonly signal: AbortSignal;
}

/** Starts a cluster in a temporary directory and waits until it is ready. Whatever fails, nothing is left behind. */
export async function startCluster(
  recipe: ClusterRecipe,
  { nodes, signal }: StartOptions,
): Promise<ClusterUnderTest> {
  const firstPort = await findPortBlock(nodes, Math.random);
  const directory = await mkdtemp(join(tmpdir(), "slotcast-bench-"));
  const seeds = Array.from({ length: nodes }, (_, index) => ({
    host: "127.0.0.1",
    port: firstPort + index,
  }));
  const processes: StartedProcess[] = [];
  const stop = async (): Promise<void> => {
    await Promise.all(processes.map((process) => process.stop()));
    await rm(directory, { recursive: true, force: true });
  };
  try {
    processes.push(...recipe.launch({ firstPort, directory }));
    await makeReady(recipe, { seeds, processes, signal });
  } catch (error) {
    await stop();
    throw error;
  }
  return ClusterUnderTest.open({
    label: recipe.label,
    seeds,
    password: undefined,
    isOurs: true,
    stop,
  });
}

interface Starting {
  readonly seeds: readonly NodeAddress[];
  readonly processes: readonly StartedProcess[];
  readonly signal: AbortSignal;
}

async function makeReady(recipe: ClusterRecipe, starting: Starting): Promise<void> {
  const { seeds, processes, signal } = starting;
  const nodes: RespConnection[] = [];
  const until = async (what: string, isTrue: () => Promise<boolean>): Promise<void> => {
    const isReady = await waitUntil(
      () => {
        for (const process of processes) process.throwIfEnded();
        return isTrue();
      },
      { pollMs: CLUSTER_READY_POLL_MS, deadlineMs: CLUSTER_READY_MS_MAX, signal },
    );
    if (isReady) return;
    const said = processes[0]?.lastLine ?? "";
    throw new BenchError(
      `${recipe.label}: ${what} after ${CLUSTER_READY_MS_MAX / 1_000} s: ${said}`,
    );
  };
  try {
    for (const seed of seeds) {
      await until(`no answer from port ${seed.port}`, async () => {
        const node = await openIfUp(seed);
        if (node !== undefined) nodes.push(node);
        return node !== undefined;
      });
    }
    await recipe.join?.(nodes);
    for (const node of nodes) {
      await until(`${node.name} is not ready`, () => recipe.isReady(node));
    }
  } finally {
    for (const node of nodes) node.close();
  }
}

async function openIfUp(address: NodeAddress): Promise<RespConnection | undefined> {
  try {
    return await RespConnection.open({ address, password: undefined });
  } catch {
    return undefined;
  }
}
