import { startCluster } from "../src/start-cluster.ts";
import { clusterRecipe, SIDES, type Side } from "./contender.ts";
import type { Measurement, Row } from "./measurement.ts";
import type { PerfContext } from "./perf-context.ts";
import { Pinning } from "./pinning.ts";

const NODES = 3;

/**
 * Item 12 of the foundation: from the start of the process `slotcast cluster` to the moment at which every node, asked from outside,
 * serves all slots and has its links. Not pinned: it is the start that a user sees.
 */
export async function measureClusterStart(context: PerfContext): Promise<Row[]> {
  const runs: Record<Side, Measurement[]> = { redis: [], ours: [] };
  for (let repeat = 0; repeat < context.repeats; repeat += 1) {
    for (const side of SIDES) {
      context.progress(`run ${repeat + 1} of ${context.repeats}: start of 3 nodes: ${side}`);
      runs[side].push({ value: await startOnce(side, context) });
    }
  }
  return [
    {
      spec: {
        what: `${NODES} nodes ready after the start, seen from outside (redis: MEET, gossip)`,
        format: (seconds) => `${seconds.toFixed(2)} s`,
        target: { kind: "ours-at-most", limit: 3 },
      },
      ...runs,
    },
  ];
}

/** Seconds; looks every 50 ms. */
async function startOnce(side: Side, context: PerfContext): Promise<number> {
  const recipe = clusterRecipe(side, NODES, { ...context, pinning: Pinning.off() });
  let launchedAtMs = 0;
  let readyAtMs = 0;
  const timed: typeof recipe = {
    ...recipe,
    launch: (place) => {
      launchedAtMs = performance.now();
      return recipe.launch(place);
    },
    isReady: async (node) => {
      const isReady = await recipe.isReady(node);
      readyAtMs = performance.now();
      return isReady;
    },
  };
  const cluster = await startCluster(timed, { nodes: NODES, signal: context.signal });
  await cluster[Symbol.asyncDispose]();
  return (readyAtMs - launchedAtMs) / 1_000;
}
