import { ascii, CommandError, NOT_AN_INTEGER, type Bytes } from "@slotcast/protocol";
import type { CommandContext } from "../handler.ts";
import { parseInt64 } from "../parse-integer.ts";

const INT64_MAX = 2n ** 63n - 1n;
const OVERFLOW = new CommandError("ERR", "increment or decrement would overflow");

/** INCR key. Reply: the value after it. A missing key counts as 0; an expiry stays. */
export function incr(context: CommandContext, argv: readonly Bytes[]): void {
  const [, key] = argv as readonly [Bytes, Bytes]; // arity
  const value = context.keys.peekString(key, context.nowMs);
  const before = value === undefined ? 0 : parseInt64(value);
  if (before === undefined) throw NOT_AN_INTEGER;
  const after = plusOne(before);
  context.keys.setKeepingExpiry(key, ascii(String(after)));
  context.effects?.append(argv);
  context.reply.integer(after);
}

function plusOne(value: number | bigint): number | bigint {
  if (typeof value === "number" && value < Number.MAX_SAFE_INTEGER) return value + 1;
  const after = BigInt(value) + 1n;
  if (after > INT64_MAX) throw OVERFLOW;
  return after;
}
