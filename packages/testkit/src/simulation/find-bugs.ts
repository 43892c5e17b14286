import { DELIBERATE_BUGS } from "./deliberate-bugs.ts";
import { jobsFor } from "./run-seeds.ts";
import { SeedPool } from "./seed-pool.ts";
import type { SimArguments } from "./sim-arguments.ts";
import type { RunOutcome } from "./simulation.ts";

/** The simulator must prove itself: how many seeds each deliberate bug needs. False: one was not found. */
export async function findBugs(
  wanted: string,
  simArguments: SimArguments,
  say: (line: string) => void,
): Promise<boolean> {
  const names = wanted === "all" ? Object.keys(DELIBERATE_BUGS) : [wanted];
  let areAllFound = true;
  for (const name of names) {
    const found = await findBug(name, simArguments);
    areAllFound &&= found.outcome !== undefined;
    say(describe(name, found));
  }
  return areAllFound;
}

interface Found {
  /** How many seeds were run, this one included. */
  readonly seeds: number;
  readonly outcome: RunOutcome | undefined;
}

async function findBug(name: string, simArguments: SimArguments): Promise<Found> {
  let seeds = 0;
  let outcome: RunOutcome | undefined;
  await using pool = new SeedPool({ workers: simArguments.workers, bug: name });
  await pool.run(jobsFor(simArguments), (each) => {
    seeds += 1;
    if (each.violation !== undefined) outcome = each;
    return outcome === undefined;
  });
  return { seeds, outcome };
}

function describe(name: string, { seeds, outcome }: Found): string {
  const bug = name.padEnd(28);
  if (outcome?.violation === undefined) return `${bug} NOT FOUND in ${seeds} seeds`;
  const { seed, profile, violation } = outcome;
  const [text = ""] = violation.text.split("\n");
  return `${bug} found after ${String(seeds).padStart(4)} seeds (${seed}, ${profile}): ${text}`;
}
