import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { PlannedFault } from "./fault.ts";
import { describeOutcome, jobFor } from "./run-seeds.ts";
import { shapeRun, type RunOptions, type RunShape } from "./run-shape.ts";
import { SeedPool } from "./seed-pool.ts";
import type { SimArguments } from "./sim-arguments.ts";
import type { RunOutcome } from "./simulation.ts";

export const REGRESSIONS_PATH = join(import.meta.dirname, "regressions");

/** A run that failed once. It is run again with every test, and must not fail. */
export interface Regression {
  /** What went wrong, and why. */
  readonly note: string;
  readonly seed: number;
  readonly shape: RunShape;
}

/** Leaves out faults while the same promise is broken. True: a regression file was written. */
export async function shrinkSeed(
  seed: number,
  simArguments: SimArguments,
  say: (line: string) => void,
): Promise<boolean> {
  const { bug, lines } = simArguments;
  await using pool = new SeedPool({ workers: 1, bug });
  const job = jobFor(seed, simArguments);
  const first = await pool.runOne(job);
  const { violation } = first;
  if (violation === undefined) {
    say(`seed ${seed} does not fail`);
    return false;
  }
  const shape = shapeRun(job);
  const withFaults = (faults: readonly PlannedFault[]): RunOptions => ({
    seed,
    shape: { ...shape, faults },
  });
  const fails = async (faults: readonly PlannedFault[]): Promise<boolean> => {
    const outcome = await pool.runOne({ ...withFaults(faults), isReadable: false });
    return outcome.violation?.what === violation.what;
  };
  const planned = shape.faults.filter(({ atMs }) => atMs <= violation.atMs);
  const faults = await fewestThatFail(planned, fails, (left) => say(`… ${left} faults left`));
  const outcome = await pool.runOne({ ...withFaults(faults), isReadable: true });
  say(describeOutcome(outcome, lines));
  say(writeRegression({ note: noteOf(outcome, bug), seed, shape: { ...shape, faults } }));
  return true;
}

/** Halves first, then smaller parts, down to single ones. Source: delta debugging (Zeller 1999), simplified. */
export async function fewestThatFail<T>(
  items: readonly T[],
  fails: (items: readonly T[]) => Promise<boolean>,
  told: (left: number) => void,
): Promise<readonly T[]> {
  let left = items;
  for (let size = Math.ceil(left.length / 2); size >= 1; size = size === 1 ? 0 : size >> 1) {
    for (let at = 0; at < left.length;) {
      const without = [...left.slice(0, at), ...left.slice(at + size)];
      if (await fails(without)) {
        left = without;
        told(left.length);
      } else at += size;
    }
  }
  return left;
}

function noteOf({ violation }: RunOutcome, bug: string | undefined): string {
  const [text = ""] = (violation?.text ?? "").split("\n");
  return bug === undefined ? text : `with the deliberate bug ${bug}: ${text}`;
}

function writeRegression(regression: Regression): string {
  const { seed, shape } = regression;
  const path = join(REGRESSIONS_PATH, `${shape.profile}-${seed}.json`);
  mkdirSync(REGRESSIONS_PATH, { recursive: true });
  writeFileSync(path, `${JSON.stringify(regression, undefined, 2)}\n`);
  return `written: ${path}`;
}
