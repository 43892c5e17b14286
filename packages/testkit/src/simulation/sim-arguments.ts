import { parseArgs } from "node:util";
import { isProfileName, PROFILES, type ProfileName } from "./profiles.ts";

/** What `npm run sim -- …` was asked to do. */
export interface SimArguments {
  readonly seeds: number;
  readonly from: number;
  readonly profile: ProfileName | undefined;
  readonly nodes: number | undefined;
  readonly workers: number;
  /** Each seed again, and its trace must be the same. */
  readonly isTwice: boolean;
  readonly replay: number | undefined;
  readonly shrink: number | undefined;
  /** "all": each of them, until it is found. */
  readonly bug: string | undefined;
  /** Of the trace of a violation. */
  readonly lines: number;
}

export const SIM_HELP = `npm run sim -- [options]

  --seeds N          run N seeds (default 200)
  --from S           the first of them (default 1)
  --profile NAME     ${Object.keys(PROFILES).join(", ")}
                     (default: seeds take turns)
  --nodes N          how many nodes (default: the seed chooses)
  --workers N        processes (default 2)
  --twice            run each seed twice, and compare the traces
  --replay SEED      run one seed, and show what happened before it failed
  --shrink SEED      leave out faults while it still fails, and keep what is left as a regression
  --lines N          of a trace (default 80)
  --bug NAME         with a deliberate bug in the code, which must be found; "all" for each of them
`;

/** Throws Error with what is wrong. */
export function parseSimArguments(argv: readonly string[]): SimArguments {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      seeds: { type: "string", default: "200" },
      from: { type: "string", default: "1" },
      profile: { type: "string" },
      nodes: { type: "string" },
      workers: { type: "string", default: "2" },
      twice: { type: "boolean", default: false },
      replay: { type: "string" },
      shrink: { type: "string" },
      bug: { type: "string" },
      lines: { type: "string", default: "80" },
    },
  });
  const { profile } = values;
  if (profile !== undefined && !isProfileName(profile)) throw new Error(`no profile ${profile}`);
  return {
    seeds: countOf("seeds", values.seeds),
    from: countOf("from", values.from),
    profile,
    nodes: optionalCount("nodes", values.nodes),
    workers: countOf("workers", values.workers),
    isTwice: values.twice,
    replay: optionalCount("replay", values.replay),
    shrink: optionalCount("shrink", values.shrink),
    bug: values.bug,
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
