import { findBugs } from "./find-bugs.ts";
import { replaySeed, runSeeds } from "./run-seeds.ts";
import { printScale } from "./scale/print-scale.ts";
import { shrinkSeed } from "./shrink-seed.ts";
import { parseSimArguments, SIM_HELP, type SimArguments } from "./sim-arguments.ts";

/** `npm run sim`: see SIM_HELP. Exit code 1: something was found, or a deliberate bug was not; 2: wrong arguments. */
async function main(): Promise<number> {
  if (process.argv.includes("--help")) {
    process.stdout.write(SIM_HELP);
    return 0;
  }
  let simArguments: SimArguments;
  try {
    simArguments = parseSimArguments(process.argv.slice(2));
  } catch (error) {
    process.stderr.write(`${String(error)}\n\n${SIM_HELP}`);
    return 2;
  }
  const { replay, shrink, isBugHunt, isScale } = simArguments;
  if (shrink !== undefined) return (await shrinkSeed(shrink, simArguments, say)) ? 0 : 1;
  if (replay !== undefined) return (await replaySeed(replay, simArguments, say)) ? 0 : 1;
  if (isScale) {
    printScale(simArguments.nodes, say);
    return 0;
  }
  if (isBugHunt) return (await findBugs(simArguments, say)) ? 0 : 1;
  return (await runSeeds(simArguments, say)) ? 0 : 1;
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

process.exitCode = await main();
