import { DELIBERATE_BUGS, type DeliberateBug } from "./deliberate-bugs.ts";
import { jobsFor } from "./run-seeds.ts";
import { SeedPool } from "./seed-pool.ts";
import type { SimArguments } from "./sim-arguments.ts";
import type { RunOutcome } from "./simulation.ts";

/**
 * The simulator must prove itself: how many seeds each deliberate bug needs, as a table. Some bugs at a time, each in a
 * process of its own. False: one was not found.
 */
export async function findBugs(
  simArguments: SimArguments,
  say: (line: string) => void,
): Promise<boolean> {
  const queue = Object.entries(DELIBERATE_BUGS).values();
  let areAllFound = true;
  const hunt = async (): Promise<void> => {
    for (const [name, bug] of queue) {
      const found = await findBug(name, bug, simArguments);
      areAllFound &&= found.outcome !== undefined;
      say(describe(name, bug, found));
    }
  };
  say("| bug | what is wrong | found by | what shows it |");
  say("|---|---|---|---|");
  await Promise.all(Array.from({ length: simArguments.workers }, hunt));
  return areAllFound;
}

interface Found {
  /** How many seeds were run, the one that found it included. */
  readonly seeds: number;
  readonly outcome: RunOutcome | undefined;
}

async function findBug(
  name: string,
  { seed }: DeliberateBug,
  simArguments: SimArguments,
): Promise<Found> {
  const from = simArguments.isKnownFirst ? seed : simArguments.from;
  let seeds = 0;
  let outcome: RunOutcome | undefined;
  await using pool = new SeedPool({ workers: 1, bug: name });
  await pool.run(jobsFor({ ...simArguments, from }), (each) => {
    seeds += 1;
    if (each.violation !== undefined) outcome = each;
    return outcome === undefined;
  });
  return { seeds, outcome };
}

function describe(name: string, { what }: DeliberateBug, { seeds, outcome }: Found): string {
  if (outcome?.violation === undefined) return `| ${name} | ${what} | NOT in ${seeds} seeds | |`;
  const { seed, profile, violation } = outcome;
  const [text = ""] = violation.text.split("\n");
  const place = `seed ${seed} (${profile}), number ${seeds}`;
  return `| ${name} | ${what} | ${place} | ${text.replaceAll("|", "/")} |`;
}
