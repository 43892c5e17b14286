import type { RunOptions } from "./run-shape.ts";
import { Simulation, type RunOutcome } from "./simulation.ts";

/** What a worker is asked. It answers each with what came of it. */
export interface Job extends RunOptions {
  readonly isReadable: boolean;
}

process.on("message", (job: Job) => {
  const { isReadable, ...options } = job;
  const outcome: RunOutcome = new Simulation(options, { isReadable }).run();
  process.send?.(outcome);
});
