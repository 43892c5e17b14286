import { SeedPool } from "./seed-pool.ts";
import type { Job } from "./seed-worker.ts";
import type { SimArguments } from "./sim-arguments.ts";
import type { RunOutcome } from "./simulation.ts";

/** More violations than anybody reads. */
const SHOWN_MAX = 5;
const PROGRESS_MS = 10_000;

export function jobFor(seed: number, { profile, nodes }: SimArguments, isReadable = false): Job {
  return { seed, isReadable, ...(profile && { profile }), ...(nodes !== undefined && { nodes }) };
}

export function* jobsFor(simArguments: SimArguments): Generator<Job> {
  const { from, seeds } = simArguments;
  for (let seed = from; seed < from + seeds; seed += 1) yield jobFor(seed, simArguments);
}

/** False: a promise was broken, or a seed had two traces. */
export async function runSeeds(
  simArguments: SimArguments,
  say: (line: string) => void,
): Promise<boolean> {
  const { workers, seeds, from, twice, bug } = simArguments;
  const startedAtMs = performance.now();
  let toldAtMs = startedAtMs;
  const failed: RunOutcome[] = [];
  const hashes = new Map<number, string>();
  const total = { runs: 0, events: 0, acked: 0, notExecuted: 0, unknown: 0, changes: 0, lost: 0 };
  let healedMsMax = 0;
  const noted = (outcome: RunOutcome): boolean => {
    const { seed, hash, stats, violation } = outcome;
    total.runs += 1;
    total.events += stats.events;
    total.acked += stats.acked;
    total.notExecuted += stats.notExecuted;
    total.unknown += stats.unknown;
    total.changes += stats.factsVersions;
    total.lost += stats.lostShards;
    healedMsMax = Math.max(healedMsMax, stats.healedMs);
    const before = hashes.get(seed) ?? hash;
    hashes.set(seed, hash);
    const fault = before === hash ? violation : twoTraces(before, hash);
    if (fault !== undefined) {
      failed.push({ ...outcome, violation: fault });
      say(`seed ${seed} (${outcome.profile}), at ${fault.atMs.toFixed(1)} ms: ${fault.text}`);
    }
    const nowMs = performance.now();
    if (nowMs - toldAtMs > PROGRESS_MS) {
      toldAtMs = nowMs;
      say(`… ${total.runs} runs, ${failed.length} failed`);
    }
    return true;
  };
  await using pool = new SeedPool({ workers, bug });
  await pool.run(jobsFor(simArguments), noted);
  await pool.run(jobsFor({ ...simArguments, seeds: Math.min(twice, seeds) }), noted);
  const seconds = ((performance.now() - startedAtMs) / 1000).toFixed(1);
  say(
    `${seeds} seeds from ${from} on, ${twice} of them twice, in ${seconds} s: ${failed.length} violations. ` +
      `${total.events} events, ${total.acked} acknowledged, ${total.notExecuted} not executed, ` +
      `${total.unknown} unknown, ${total.changes} facts, ${total.lost} shards lost with all their nodes, ` +
      `healed within ${(healedMsMax / 1000).toFixed(1)} s.`,
  );
  for (const { seed, profile } of failed.slice(0, SHOWN_MAX)) {
    say(
      `  npm run sim -- --replay ${seed} --profile ${profile}${bug === undefined ? "" : ` --bug ${bug}`}`,
    );
  }
  return failed.length === 0;
}

function twoTraces(before: string, after: string): RunOutcome["violation"] {
  return { atMs: 0, what: "one seed, one trace", text: `traces ${before} and ${after}` };
}

/** Once more, with every event in words. False: it failed. */
export async function replaySeed(
  seed: number,
  simArguments: SimArguments,
  say: (line: string) => void,
): Promise<boolean> {
  const { bug, lines } = simArguments;
  await using pool = new SeedPool({ workers: 1, bug });
  const outcome = await pool.runOne(jobFor(seed, simArguments, true));
  say(describeOutcome(outcome, lines));
  return outcome.violation === undefined;
}

export function describeOutcome(outcome: RunOutcome, lines: number): string {
  const { seed, profile, hash, stats, violation } = outcome;
  const what =
    violation === undefined
      ? "no violation"
      : `violation at ${violation.atMs.toFixed(2)} ms: ${violation.text}`;
  const head = `seed ${seed}, profile ${profile}, trace ${hash}\n${JSON.stringify(stats)}\n${what}`;
  return [...outcome.lines.slice(-lines), "", head].join("\n");
}
