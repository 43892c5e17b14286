import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

/** Tests that start processes wait for conditions; the deadline only ends one that never comes true. */
const PROCESS_TEST_TIMEOUT_MS = 30_000;
/** The machines that run this have two cores. */
const WORKERS_MAX = 2;

/** All processes that tests start share what they compile: the second start takes half the time. */
const NODE_COMPILE_CACHE = fileURLToPath(new URL("node_modules/.cache/nodes", import.meta.url));

/** Each project in its own group: one after the other. */
const processTests = {
  testTimeout: PROCESS_TEST_TIMEOUT_MS,
  hookTimeout: PROCESS_TEST_TIMEOUT_MS,
  maxWorkers: WORKERS_MAX,
  env: { NODE_COMPILE_CACHE },
};

export default defineConfig({
  test: {
    reporters: ["default"],
    projects: [
      {
        test: {
          name: "unit",
          include: ["packages/*/{src,perf}/**/*.test.ts", "test/tidy.test.ts"],
          // Property tests on a busy machine: the deadline ends only what hangs.
          testTimeout: PROCESS_TEST_TIMEOUT_MS,
          maxWorkers: WORKERS_MAX,
          sequence: { groupOrder: 0 },
        },
      },
      {
        // Replies compared with a redis-server that the test starts.
        test: {
          name: "oracle",
          include: ["test/oracle/**/*.test.ts"],
          ...processTests,
          sequence: { groupOrder: 1 },
        },
      },
      {
        // Whole clusters, driven by unmodified clients.
        test: {
          name: "cluster",
          include: [
            "test/cluster/**/*.test.ts",
            "test/clients/**/*.test.ts",
            "test/apps/**/*.test.ts",
            "test/standalone/**/*.test.ts",
            "test/examples.story.test.ts",
          ],
          ...processTests,
          sequence: { groupOrder: 2 },
        },
      },
      {
        // Kills, hangs, partitions and load: they measure time, so they run alone.
        test: {
          name: "healing",
          include: [
            "test/healing/**/*.test.ts",
            "test/partitions/**/*.test.ts",
            "test/bench.story.test.ts",
          ],
          ...processTests,
          maxWorkers: 1,
          sequence: { groupOrder: 3 },
        },
      },
      {
        // Thousands of simulated clusters: takes both cores for some minutes.
        test: {
          name: "simulation",
          include: ["test/simulation/**/*.test.ts"],
          maxWorkers: 1,
          sequence: { groupOrder: 4 },
        },
      },
    ],
  },
});
