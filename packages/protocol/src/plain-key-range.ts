import type { KeySpec } from "./command-spec.ts";

/**
 * The three numbers of `COMMAND INFO` that older clients route by; all 0 when no key spec is that simple.
 * Source: Redis 7.0 src/server.c, populateCommandLegacyRangeSpec.
 */
export interface PlainKeyRange {
  readonly first: number;
  /** Negative: counted from the end. */
  readonly last: number;
  readonly step: number;
  /** They find every key: the command does not need `movablekeys`. */
  readonly complete: boolean;
}

export function plainKeyRange(keySpecs: readonly KeySpec[]): PlainKeyRange {
  let first = 0;
  let last = 0;
  let step = 1;
  let complete = keySpecs.length > 0;
  for (const { begin, find, flags } of keySpecs) {
    const alone = keySpecs.length === 1;
    if (begin.type !== "index" || find.type !== "range" || (find.lastKey < 0 && find.limit > 1)) {
      complete = false;
    } else if (!alone && (find.keyStep !== 1 || (last !== 0 && last !== begin.index - 1))) {
      complete = false; // not plain, or a gap after the spec before
    } else {
      if (first === 0) first = begin.index;
      last = find.lastKey < 0 ? find.lastKey : begin.index + find.lastKey;
      step = find.keyStep;
      if (flags.includes("incomplete")) complete = false;
    }
  }
  return first === 0
    ? { first: 0, last: 0, step: 0, complete: false }
    : { first, last, step, complete };
}
