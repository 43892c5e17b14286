import { CommandError, lower, NOT_AN_INTEGER, SYNTAX_ERROR, type Bytes } from "@slotcast/protocol";
import type { IdempotenceLimits } from "@slotcast/store";
import type { CommandContext } from "../handler.ts";
import { parseInteger } from "../parse-integer.ts";

/** A day, as in Redis: a longer time is refused. */
const IDEMPOTENCE_DURATION_S_MAX = 86_400;
/** Messages of one producer, as in Redis: more are refused. */
const IDEMPOTENCE_SIZE_MAX = 10_000;

const error = (text: string): CommandError => new CommandError("ERR", text);
const NO_SUCH_KEY = error("no such key");
const DURATION_TWICE = error("IDMP-DURATION specified multiple times");
const SIZE_TWICE = error("IDMP-MAXSIZE specified multiple times");
const DURATION_OUT_OF_RANGE = error(
  `IDMP-DURATION must be between 1 and ${IDEMPOTENCE_DURATION_S_MAX} seconds`,
);
const SIZE_OUT_OF_RANGE = error(
  `IDMP-MAXSIZE must be between 1 and ${IDEMPOTENCE_SIZE_MAX} entries`,
);
const NOTHING_TO_SET = error("At least one parameter must be specified");

/**
 * XCFGSET key [IDMP-DURATION seconds] [IDMP-MAXSIZE messages]
 *
 * Reply: OK. A value other than before makes the stream forget the messages it knew.
 * Source: Redis 8.6 (documentation).
 */
export function xcfgset(context: CommandContext, argv: readonly Bytes[]): void {
  const { keys, nowMs, reply } = context;
  const [, key] = argv as readonly [Bytes, Bytes]; // arity
  const stream = keys.peekStream(key, nowMs);
  if (stream === undefined) throw NO_SUCH_KEY;
  const asked = parse(argv);
  if (stream.idempotence.configure({ ...stream.idempotence.limits, ...asked })) {
    keys.touch(key);
    context.effects?.append(argv);
  }
  reply.ok();
}

function parse(argv: readonly Bytes[]): Partial<IdempotenceLimits> {
  let durationS: number | undefined;
  let sizeMax: number | undefined;
  for (let at = 2; at < argv.length; at += 2) {
    const option = lower(argv[at] as Bytes); // below length
    const text = argv[at + 1];
    if (text === undefined) throw SYNTAX_ERROR;
    if (option === "idmp-duration") {
      if (durationS !== undefined) throw DURATION_TWICE;
      durationS = parseWithin(text, IDEMPOTENCE_DURATION_S_MAX, DURATION_OUT_OF_RANGE);
    } else if (option === "idmp-maxsize") {
      if (sizeMax !== undefined) throw SIZE_TWICE;
      sizeMax = parseWithin(text, IDEMPOTENCE_SIZE_MAX, SIZE_OUT_OF_RANGE);
    } else {
      throw SYNTAX_ERROR;
    }
  }
  if (durationS === undefined && sizeMax === undefined) throw NOTHING_TO_SET;
  return {
    ...(durationS === undefined ? {} : { durationS }),
    ...(sizeMax === undefined ? {} : { sizeMax }),
  };
}

function parseWithin(text: Bytes, max: number, outOfRange: CommandError): number {
  const value = parseInteger(text);
  if (value === undefined) throw NOT_AN_INTEGER;
  if (value < 1 || value > max) throw outOfRange;
  return value;
}
