import { parseArgs } from "node:util";
import type { FaultPlan } from "./run-story.ts";

export const CLUSTERS = ["slotcast", "slotcast-async", "redis"] as const;
export type ClusterName = (typeof CLUSTERS)[number];

export interface FailoverArguments {
  /** One after the other. */
  readonly clusters: readonly ClusterName[];
  readonly plan: FaultPlan;
  /** Where to write the results as JSON. */
  readonly json: string | undefined;
  /** Where to keep the nodes' logs. */
  readonly logs: string | undefined;
}

export const FAILOVER_HELP = `npm run failover -- [options]

Kills, stops and replaces primaries of a cluster of real processes (3 + 3) under load, and checks that nothing that
was acknowledged is lost, duplicated or stale.

  --cluster NAME     ${CLUSTERS.join(", ")} (default slotcast)
  --against NAME     a second one, with the same faults
  --kills N          SIGKILL a primary N times, and start it again (default 20)
  --restart WHEN     after-failover (default), at-once, mixed
  --pauses N         SIGSTOP a primary N times, for 1 to 20 times the node timeout (default 0)
  --hand-overs N     planned failovers and graceful stops, by turns (default 0)
  --cut-offs N       kill a primary whose replica gets nothing: loses writes where replication is asynchronous
  --probes-only      no applications meanwhile: what the cluster takes, without what client libraries cost
  --json FILE        write all measures there
  --logs DIRECTORY   keep the logs of the nodes there
`;

const PAUSE_TIMEOUTS_MAX = 20;

/** Throws Error with what is wrong. */
export function parseFailoverArguments(argv: readonly string[]): FailoverArguments {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      cluster: { type: "string", default: "slotcast" },
      against: { type: "string" },
      kills: { type: "string", default: "20" },
      restart: { type: "string", default: "after-failover" },
      pauses: { type: "string", default: "0" },
      "hand-overs": { type: "string", default: "0" },
      "cut-offs": { type: "string", default: "0" },
      "probes-only": { type: "boolean", default: false },
      json: { type: "string" },
      logs: { type: "string" },
    },
  });
  const { cluster, against, json, logs } = values;
  return {
    clusters: (against === undefined ? [cluster] : [cluster, against]).map(clusterOf),
    plan: {
      kills: countOf("kills", values.kills),
      restart: restartOf(values.restart),
      pausesInTimeouts: spreadPauses(countOf("pauses", values.pauses)),
      handOvers: countOf("hand-overs", values["hand-overs"]),
      cutOffs: countOf("cut-offs", values["cut-offs"]),
      applications: !values["probes-only"],
    },
    json,
    logs,
  };
}

/** From one timeout to twenty, evenly. */
function spreadPauses(count: number): number[] {
  const step = (PAUSE_TIMEOUTS_MAX - 1) / Math.max(count - 1, 1);
  return Array.from({ length: count }, (_, index) => 1 + index * step);
}

function clusterOf(name: string): ClusterName {
  const found = CLUSTERS.find((cluster) => cluster === name);
  if (found === undefined) throw new Error(`no cluster '${name}': ${CLUSTERS.join(", ")}`);
  return found;
}

function restartOf(text: string): NonNullable<FaultPlan["restart"]> {
  switch (text) {
    case "after-failover":
      return "after failover";
    case "at-once":
      return "at once";
    case "mixed":
      return "mixed";
    default:
      throw new Error(`--restart is after-failover, at-once or mixed, not '${text}'`);
  }
}

function countOf(name: string, text: string): number {
  if (!/^\d{1,6}$/.test(text)) throw new Error(`--${name} is a whole number, not '${text}'`);
  return Number(text);
}
