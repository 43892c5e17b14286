import { BenchError } from "../src/bench-error.ts";
import { REPEATS_MAX } from "./limits.ts";

/** The "Fast" items of the foundation, by their numbers in the list of what it has to show. */
export const ITEMS = [8, 9, 10, 11, 12] as const;
export type Item = (typeof ITEMS)[number];

export interface PerfOptions {
  readonly items: readonly Item[];
  readonly repeats: number;
  /** A quarter of the volume: for development, not for claims. */
  readonly isQuick: boolean;
}

export const USAGE = `usage: foundation.ts [--only 8,9,10,11,12] [--repeats 5] [--quick]
  --only     items to measure: 8 commands, 9 fan-out, 10 cluster, 11 memory, 12 start
  --repeats  runs of each; medians are printed (default 5, with --quick 1)
  --quick    a quarter of the volume: while developing`;

const REPEATS = 5;

/** `help` when asked for. Throws `BenchError`. */
export function parsePerfOptions(argv: readonly string[]): PerfOptions | "help" {
  let items: readonly Item[] = ITEMS;
  let repeats: number | undefined;
  let isQuick = false;
  const words = argv.flatMap((word) => word.split("="));
  for (let at = 0; at < words.length; at += 1) {
    const word = words[at] ?? "";
    switch (word) {
      case "--help":
      case "-h":
        return "help";
      case "--quick":
        isQuick = true;
        break;
      case "--only":
        items = parseItems(words[(at += 1)] ?? "");
        break;
      case "--repeats":
        repeats = parseRepeats(words[(at += 1)] ?? "");
        break;
      default:
        throw new BenchError(`unknown option '${word}'\n${USAGE}`);
    }
  }
  return { items, repeats: repeats ?? (isQuick ? 1 : REPEATS), isQuick };
}

function parseItems(text: string): readonly Item[] {
  const asked = text.split(",").map(Number);
  const unknown = asked.find((number) => !ITEMS.some((item) => item === number));
  if (unknown !== undefined) throw new BenchError(`--only ${text}: known are ${ITEMS.join(",")}`);
  return ITEMS.filter((item) => asked.includes(item));
}

function parseRepeats(text: string): number {
  const repeats = /^\d+$/.test(text) ? Number(text) : 0;
  if (repeats >= 1 && repeats <= REPEATS_MAX) return repeats;
  throw new BenchError(`--repeats ${text}: not a number from 1 to ${REPEATS_MAX}`);
}
