import { CommandError, NOT_AN_INTEGER, type Bytes } from "@slotcast/protocol";
import { parseInt64 } from "./parse-integer.ts";

const INT32_MIN = -2_147_483_648;
const INT32_MAX = 2_147_483_647;
const OUT_OF_INT32 = new CommandError(
  "ERR",
  `value is out of range, value must between ${INT32_MIN} and ${INT32_MAX}`,
);

/**
 * An argument that Redis keeps in a C int. Throws `invalid`, or Redis' two errors without it.
 * Source: Redis 7.0 src/object.c, getIntFromObjectOrReply.
 */
export function parseInt32(text: Bytes, invalid?: CommandError): number {
  const value = parseInt64(text);
  if (value === undefined) throw invalid ?? NOT_AN_INTEGER;
  if (value < INT32_MIN || value > INT32_MAX) throw invalid ?? OUT_OF_INT32;
  return Number(value);
}
