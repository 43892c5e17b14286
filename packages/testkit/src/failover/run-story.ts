import { isDeepStrictEqual } from "node:util";
import { until } from "../until.ts";
import { checkJournal } from "./check-journal.ts";
import type { ClusterUnderTest } from "./cluster-under-test.ts";
import type { Contents } from "./contents.ts";
import { killPrimaryOfCutOffReplica } from "./cut-off-replica.ts";
import { handOver, type HandOverMeasure } from "./hand-over.ts";
import { Journal, type Outcome } from "./journal.ts";
import { killPrimary, type KillMeasure, type RestartTime } from "./kill-primary.ts";
import { LEVEL_WITHIN_MS } from "./limits.ts";
import { pausePrimary, type PauseMeasure } from "./pause-primary.ts";
import { readBack } from "./read-back.ts";
import { SHARD_KEYS, type ShardKeys } from "./shard-keys.ts";
import { Workload, type LibraryErrors } from "./workload.ts";

/** Which faults a run consists of, one after the other, each when the cluster is whole again. */
export interface FaultPlan {
  readonly kills?: number;
  /** Default: `after failover`. `mixed`: now so, now so. */
  readonly restart?: RestartTime | "mixed";
  /** SIGSTOP of a primary, each for so many times the node timeout. */
  readonly pausesInTimeouts?: readonly number[];
  /** Planned failovers and graceful stops, by turns. */
  readonly handOvers?: number;
  /** Kills of a primary whose replica was cut off: only where writes may be lost. */
  readonly cutOffs?: number;
  /** False: nobody works meanwhile but the probes, so that nothing is measured but the cluster. */
  readonly applications?: boolean;
}

export interface Measures {
  readonly kills: readonly KillMeasure[];
  readonly pauses: readonly PauseMeasure[];
  readonly handOvers: readonly HandOverMeasure[];
  readonly doomedWrites: number;
}

/** What remained of a run when everything was over. */
export interface StoryResult extends Measures {
  readonly cluster: string;
  /** Requests of the applications, by outcome. */
  readonly requests: Readonly<Record<Outcome, number>>;
  /** By sort. None: no acknowledged write was lost, none was duplicated by the cluster, and so on. */
  readonly findings: Readonly<Record<string, number>>;
  readonly findingTexts: readonly string[];
  /** Values that a client library has written twice after a lost connection. */
  readonly resentCopies: number;
  readonly errors: readonly LibraryErrors[];
  readonly seconds: number;
}

/** Runs faults while applications work, waits until all is well, and holds what is there against the journal. */
export async function runStory(
  cluster: ClusterUnderTest,
  plan: FaultPlan,
  say: (line: string) => void = () => {},
): Promise<StoryResult> {
  const startedMs = performance.now();
  const journal = new Journal();
  await using workload = await Workload.start(cluster, journal, {
    hasLibraries: plan.applications ?? true,
  });
  const measures = await runFaults({ cluster, journal, plan, say });
  await cluster.untilWhole();
  await workload.stop();
  const contents = await readBack(cluster, "primaries");
  const { findings, resentCopies } = checkJournal(journal, contents);
  if (!(await areReplicasLevel(cluster, contents)))
    findings.add("diverged", "a key", "of some shard");
  return {
    ...measures,
    cluster: cluster.name,
    requests: countOutcomes(journal),
    findings: findings.toRecord(),
    findingTexts: findings.texts,
    resentCopies,
    errors: workload.errors,
    seconds: (performance.now() - startedMs) / 1000,
  };
}

async function runFaults({
  cluster,
  journal,
  plan,
  say,
}: {
  readonly cluster: ClusterUnderTest;
  readonly journal: Journal;
  readonly plan: FaultPlan;
  readonly say: (line: string) => void;
}): Promise<Measures> {
  const kills: KillMeasure[] = [];
  const pauses: PauseMeasure[] = [];
  const handOvers: HandOverMeasure[] = [];
  let doomedWrites = 0;
  for (let count = 0; count < (plan.kills ?? 0); count += 1) {
    const restart = restartOf(plan.restart ?? "after failover", count);
    const measure = await killPrimary(cluster, journal, { keys: someShard(), restart });
    kills.push(measure);
    say(`${cluster.name} kill ${count + 1}: ${JSON.stringify(measure)}`);
  }
  for (const timeouts of plan.pausesInTimeouts ?? []) {
    const pauseMs = timeouts * cluster.nodeTimeoutMs;
    const measure = await pausePrimary(cluster, journal, { keys: someShard(), pauseMs });
    pauses.push(measure);
    say(`${cluster.name} pause ${pauses.length}: ${JSON.stringify(measure)}`);
  }
  for (let count = 0; count < (plan.handOvers ?? 0); count += 1) {
    const sort = count % 2 === 0 ? "planned" : "graceful stop";
    const measure = await handOver(cluster, journal, { keys: someShard(), sort });
    handOvers.push(measure);
    say(`${cluster.name} hand-over ${count + 1}: ${JSON.stringify(measure)}`);
  }
  for (let count = 0; count < (plan.cutOffs ?? 0); count += 1) {
    doomedWrites += (await killPrimaryOfCutOffReplica(cluster, journal, someShard())).doomedWrites;
    say(`${cluster.name} cut-off ${count + 1}`);
  }
  return { kills, pauses, handOvers, doomedWrites };
}

/** What is committed reaches a replica's keys a moment later. */
async function areReplicasLevel(cluster: ClusterUnderTest, contents: Contents): Promise<boolean> {
  try {
    await until(async () => isDeepStrictEqual(await readBack(cluster, "replicas"), contents), {
      withinMs: LEVEL_WITHIN_MS,
    });
    return true;
  } catch {
    return false;
  }
}

function restartOf(restart: RestartTime | "mixed", count: number): RestartTime {
  if (restart !== "mixed") return restart;
  return count % 2 === 0 ? "after failover" : "at once";
}

function someShard(): ShardKeys {
  const keys = SHARD_KEYS[Math.floor(Math.random() * SHARD_KEYS.length)];
  if (keys === undefined) throw new Error("no shards");
  return keys;
}

function countOutcomes(journal: Journal): Record<Outcome, number> {
  const counts = { acknowledged: 0, refused: 0, unknown: 0, open: 0 };
  for (const { outcome } of journal.entries()) counts[outcome] += 1;
  return counts;
}
