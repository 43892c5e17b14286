import { BenchError } from "../src/bench-error.ts";
import type { FigureItem, FigureList } from "./figure-list.ts";
import { REPEATS_MAX } from "./limits.ts";

export interface PerfOptions {
  /** In the order of their list. */
  readonly items: readonly FigureItem[];
  readonly repeats: number;
  /** A quarter of the volume: for development, not for claims. */
  readonly isQuick: boolean;
}

const REPEATS = 5;

export function perfUsage(list: FigureList): string {
  const items = list.items.map(({ number, what }) => `${number} ${what}`).join(", ");
  return `usage: ${list.name}.ts [--only ${numbersOf(list)}] [--repeats ${REPEATS}] [--quick]
  --only     items to measure: ${items}
  --repeats  runs of each; medians are printed (default ${REPEATS}, with --quick 1)
  --quick    a quarter of the volume: while developing`;
}

/** `help` when asked for. Throws `BenchError`. */
export function parsePerfOptions(argv: readonly string[], list: FigureList): PerfOptions | "help" {
  let { items } = list;
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
        items = parseItems(words[(at += 1)] ?? "", list);
        break;
      case "--repeats":
        repeats = parseRepeats(words[(at += 1)] ?? "");
        break;
      default:
        throw new BenchError(`unknown option '${word}'\n${perfUsage(list)}`);
    }
  }
  return { items, repeats: repeats ?? (isQuick ? 1 : REPEATS), isQuick };
}

function parseItems(text: string, list: FigureList): readonly FigureItem[] {
  const asked = text.split(",").map(Number);
  const unknown = asked.some((number) => !list.items.some((item) => item.number === number));
  if (unknown) throw new BenchError(`--only ${text}: ${list.name} has ${numbersOf(list)}`);
  return list.items.filter(({ number }) => asked.includes(number));
}

function numbersOf({ items }: FigureList): string {
  return items.map(({ number }) => number).join(",");
}

function parseRepeats(text: string): number {
  const repeats = /^\d+$/.test(text) ? Number(text) : 0;
  if (repeats >= 1 && repeats <= REPEATS_MAX) return repeats;
  throw new BenchError(`--repeats ${text}: not a number from 1 to ${REPEATS_MAX}`);
}
