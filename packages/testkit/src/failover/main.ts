import { mkdir, writeFile } from "node:fs/promises";
import type { ClusterUnderTest } from "./cluster-under-test.ts";
import {
  FAILOVER_HELP,
  parseFailoverArguments,
  type ClusterName,
  type FailoverArguments,
} from "./failover-arguments.ts";
import { startRedisCluster } from "./redis-cluster.ts";
import { runStory, type StoryResult } from "./run-story.ts";
import { startSlotcastCluster } from "./slotcast-cluster.ts";
import { storyTable } from "./story-table.ts";

/** `npm run failover`: see FAILOVER_HELP. Exit code 1: a cluster that must not lose anything did; 2: wrong arguments. */
async function main(): Promise<number> {
  if (process.argv.includes("--help")) {
    process.stdout.write(FAILOVER_HELP);
    return 0;
  }
  let failoverArguments: FailoverArguments;
  try {
    failoverArguments = parseFailoverArguments(process.argv.slice(2));
  } catch (error) {
    process.stderr.write(`${String(error)}\n\n${FAILOVER_HELP}`);
    return 2;
  }
  const { clusters, plan, json, logs } = failoverArguments;
  if (logs !== undefined) await mkdir(logs, { recursive: true });
  const results: StoryResult[] = [];
  for (const name of clusters) {
    await using cluster = await startCluster(name, logs);
    // What loses on purpose proves the checker where it may; elsewhere nothing is acknowledged that could get lost.
    const cutOffs = name === "slotcast" ? 0 : (plan.cutOffs ?? 0);
    const result = await runStory(cluster, { ...plan, cutOffs }, (line) => {
      process.stderr.write(`${line}\n`);
    });
    results.push(result);
    for (const text of result.findingTexts) process.stderr.write(`${name}: ${text}\n`);
    for (const { library, byText } of result.errors) {
      process.stderr.write(`${name}: errors of ${library}: ${JSON.stringify(byText)}\n`);
    }
    if (json !== undefined) await writeFile(json, `${JSON.stringify(results, undefined, 1)}\n`);
  }
  process.stdout.write(`${storyTable(results)}\n`);
  const mustBeClean = results.filter(({ cluster }) => cluster === "slotcast");
  return mustBeClean.every(({ findings }) => Object.keys(findings).length === 0) ? 0 : 1;
}

async function startCluster(
  name: ClusterName,
  logs: string | undefined,
): Promise<ClusterUnderTest> {
  switch (name) {
    case "slotcast":
      return startSlotcastCluster({ writeAck: "replicated", logs });
    case "slotcast-async":
      return startSlotcastCluster({ writeAck: "async", logs });
    case "redis":
      return startRedisCluster({ logs });
  }
}

// A run that is interrupted takes its processes with it.
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(130));
process.exitCode = await main();
