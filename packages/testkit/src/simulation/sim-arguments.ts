import { parseArgs } from "node:util";
import { isBugName } from "./deliberate-bugs.ts";
import { isProfileName, PROFILES, type ProfileName } from "./profiles.ts";

const SEEDS = 200;
const HUNT_SEEDS_MAX = 2000;

/** What `npm run sim -- …` was asked to do. */
export interface SimArguments {
  readonly seeds: number;
  readonly from: number;
  readonly profile: ProfileName | undefined;
  readonly nodes: number | undefined;
  readonly workers: number;
  /** So many of them, the first ones, again: their traces must be the same. */
  readonly twice: number;
  readonly replay: number | undefined;
  readonly shrink: number | undefined;
  readonly bug: string | undefined;
  readonly isBugHunt: boolean;
  /** A hunt begins with the seeds that found each bug last. */
  readonly isKnownFirst: boolean;
  readonly isScale: boolean;
  /** Of the trace of a violation. */
  readonly lines: number;
}

export const SIM_HELP = `npm run sim -- [options]

  --seeds N          run N seeds (default 200; in a hunt, at most 2000 for each bug)
  --from S           the first of them (default 1)
  --profile NAME     ${Object.keys(PROFILES).join(", ")}
                     (default: seeds take turns)
  --nodes N          how many nodes (default: the seed chooses)
  --workers N        processes (default 2)
  --twice N          run the first N of them twice, and compare the traces
  --replay SEED      run one seed, and show what happened before it failed
  --shrink SEED      leave out faults while it still fails, and keep what is left as a regression
  --lines N          of a trace (default 80)
  --bug NAME         with that deliberate bug in the code
  --deliberate-bugs  with each of them in turn, until it is found: how many seeds that takes
  --known            begin with the seeds that are known to find them
  --scale            how large clusters fare (100, 300 and 1,000 nodes, or --nodes N): docs/scale.md
`;

/** Throws Error with what is wrong. */
export function parseSimArguments(argv: readonly string[]): SimArguments {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      seeds: { type: "string" },
      from: { type: "string", default: "1" },
      profile: { type: "string" },
      nodes: { type: "string" },
      workers: { type: "string", default: "2" },
      twice: { type: "string", default: "0" },
      replay: { type: "string" },
      shrink: { type: "string" },
      bug: { type: "string" },
      "deliberate-bugs": { type: "boolean", default: false },
      known: { type: "boolean", default: false },
      scale: { type: "boolean", default: false },
      lines: { type: "string", default: "80" },
    },
  });
  const { profile, bug, "deliberate-bugs": isBugHunt } = values;
  if (profile !== undefined && !isProfileName(profile)) throw new Error(`no profile ${profile}`);
  if (bug !== undefined && !isBugName(bug)) throw new Error(`no deliberate bug ${bug}`);
  const seedsMax = isBugHunt ? HUNT_SEEDS_MAX : SEEDS;
  return {
    seeds: optionalCount("seeds", values.seeds) ?? seedsMax,
    from: countOf("from", values.from),
    profile,
    nodes: optionalCount("nodes", values.nodes),
    workers: countOf("workers", values.workers),
    twice: countOf("twice", values.twice),
    replay: optionalCount("replay", values.replay),
    shrink: optionalCount("shrink", values.shrink),
    bug,
    isBugHunt,
    isKnownFirst: values.known,
    isScale: values.scale,
    lines: countOf("lines", values.lines),
  };
}

function optionalCount(name: string, text: string | undefined): number | undefined {
  return text === undefined ? undefined : countOf(name, text);
}

function countOf(name: string, text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new Error(`--${name} is a whole number, not '${text}'`);
  return Number(text);
}
