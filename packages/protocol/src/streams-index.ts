import { lower, type Bytes } from "./bytes.ts";

/** Options of XREAD and XREADGROUP, and how many arguments each takes: a group named `streams` is no option. */
const ARGUMENTS_OF = new Map<string, number>([
  ["group", 2],
  ["count", 1],
  ["block", 1],
  ["noack", 0],
  ["claim", 1],
  ["maxcount", 1],
  ["maxsize", 1],
]);

/**
 * Where the keys of `XREAD … STREAMS key … id …` begin; 0 when there are none, or something before them is wrong:
 * the handler says what. The key specs of COMMAND INFO cannot tell options from their arguments.
 * Source: Redis 7.0 src/db.c, xreadGetKeys; 8.4 and 8.10 for their options.
 */
export function streamsIndex(argv: readonly Bytes[]): number {
  const end = argv.length - 1;
  for (let index = 1; index < end; index += 1) {
    const word = argv[index] as Bytes; // below length
    // As clients nearly always write it, it costs comparisons only.
    if (word === "STREAMS") return index + 1;
    if (word === "COUNT" || word === "BLOCK") {
      index += 1;
    } else if (word === "GROUP") {
      index += 2;
    } else {
      const option: string = lower(word);
      if (option === "streams") return index + 1;
      const taken = ARGUMENTS_OF.get(option);
      if (taken === undefined) return 0;
      index += taken;
    }
  }
  return 0;
}
