import { lower, NOT_AN_INTEGER, SYNTAX_ERROR, type Bytes } from "@slotcast/protocol";
import { entrySizeBytes } from "@slotcast/store";
import type { CommandContext } from "../handler.ts";
import { parseInteger } from "../parse-integer.ts";

/** Elements that are looked at when nobody asks for more. */
const SAMPLES_DEFAULT = 5;

/**
 * MEMORY USAGE key [SAMPLES count]. Reply: an estimate of the bytes that V8 holds for the key and its value, from so
 * many elements (0: all); null without the key. Source: Redis 7.0 src/object.c, memoryCommand.
 */
export function memoryUsage({ keys, reply }: CommandContext, argv: readonly Bytes[]): void {
  const sizeBytes = entrySizeBytes(keys, argv[2] as Bytes, parseSamples(argv)); // arity
  if (sizeBytes === undefined) reply.nullBulk();
  else reply.integer(sizeBytes);
}

function parseSamples(argv: readonly Bytes[]): number {
  let samples = SAMPLES_DEFAULT;
  for (let index = 3; index < argv.length; index += 2) {
    const count = argv[index + 1];
    if (lower(argv[index] as Bytes) !== "samples" || count === undefined) throw SYNTAX_ERROR; // below length
    const parsed = parseInteger(count);
    if (parsed === undefined) throw NOT_AN_INTEGER;
    if (parsed < 0) throw SYNTAX_ERROR;
    samples = parsed === 0 ? Number.POSITIVE_INFINITY : parsed;
  }
  return samples;
}
