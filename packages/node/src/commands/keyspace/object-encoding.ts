import { List, Stream, type Value } from "@slotcast/store";
import { parseInt64 } from "../parse-integer.ts";

/** Longest string that Redis keeps beside its object. Source: Redis 7.0 src/object.c. */
const EMBEDDED_CHARS_MAX = 44;
/** Integers below this are one object each for all of Redis, whose reference count says so. */
const SHARED_INTEGERS = 10_000;
const SHARED_REFERENCES = 2_147_483_647;

/**
 * How Redis 7.0 would keep the value. A string says what SET makes of it; Redis calls one that APPEND or SETRANGE
 * changed `raw` (docs/divergence.md).
 */
export function encodingOf(value: Value): string {
  if (typeof value === "string") {
    if (parseInt64(value) !== undefined) return "int";
    return value.length <= EMBEDDED_CHARS_MAX ? "embstr" : "raw";
  }
  if (value instanceof List) return "quicklist";
  if (value instanceof Stream) return "stream";
  return value.encoding;
}

/** Whoever asks looks for small integers: 1 for everything else. */
export function referencesOf(value: Value): number {
  const integer = typeof value === "string" ? parseInt64(value) : undefined;
  const isShared = integer !== undefined && integer >= 0 && integer < SHARED_INTEGERS;
  return isShared ? SHARED_REFERENCES : 1;
}
