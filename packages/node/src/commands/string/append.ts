import { ascii, own, type Bytes } from "@slotcast/protocol";
import type { CommandContext } from "../handler.ts";
import { checkStringLength } from "./string-length.ts";

/** APPEND key value. Reply: the length after it. A missing key becomes the value; an expiry stays. */
export function append(context: CommandContext, argv: readonly Bytes[]): void {
  const { keys, nowMs } = context;
  const [, key, value] = argv as readonly [Bytes, Bytes, Bytes]; // arity
  const before = keys.peekString(key, nowMs);
  if (before !== undefined) checkStringLength(context, before.length + value.length);
  const after = before === undefined ? own(value) : joined(before, value);
  keys.setKeepingExpiry(key, after);
  context.notify("string", "append", key);
  context.effects?.append(argv);
  context.reply.integer(after.length);
}

/**
 * V8 joins strings by reference and copies them when they are read, so that appending costs nothing however long
 * the value is. Pieces that nobody reads are put together each time the length passes a power of two: a value of
 * many small pieces would need many times its size.
 */
function joined(before: Bytes, value: Bytes): Bytes {
  const after = ascii(before + own(value));
  return Math.clz32(after.length) === Math.clz32(before.length) ? after : own(after);
}
