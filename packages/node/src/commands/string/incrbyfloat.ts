import { ascii, CommandError, type Bytes } from "@slotcast/protocol";
import type { CommandContext } from "../handler.ts";
import { addLongDoubles, formatLongDouble, parseLongDouble } from "./long-double.ts";

const NOT_A_FLOAT = new CommandError("ERR", "value is not a valid float");
const NOT_FINITE = new CommandError("ERR", "increment would produce NaN or Infinity");
const ZERO = ascii("0");

/**
 * INCRBYFLOAT key increment
 *
 * Reply: the value after it, a string in both protocols. A missing key counts as 0; an expiry stays. The effect is
 * the result: a server that counts with other floats keeps the same value.
 */
export function incrbyfloat(context: CommandContext, argv: readonly Bytes[]): void {
  const { keys, nowMs } = context;
  const [, key, incrementText] = argv as readonly [Bytes, Bytes, Bytes]; // arity
  const before = parseLongDouble(keys.peekString(key, nowMs) ?? ZERO);
  const increment = parseLongDouble(incrementText);
  if (before === undefined || increment === undefined) throw NOT_A_FLOAT;
  const isFinite = before !== "infinite" && increment !== "infinite";
  const sum = isFinite ? addLongDoubles(before, increment) : undefined;
  if (sum === undefined) throw NOT_FINITE;
  const after = formatLongDouble(sum);
  keys.setKeepingExpiry(key, after);
  context.notify("string", "incrbyfloat", key);
  context.effects?.append([ascii("SET"), key, after, ascii("KEEPTTL")]);
  context.reply.bulk(after);
}
