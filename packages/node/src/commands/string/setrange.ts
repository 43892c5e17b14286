import { CommandError, EMPTY, NOT_AN_INTEGER, writeAt, type Bytes } from "@slotcast/protocol";
import type { CommandContext } from "../handler.ts";
import { parseInteger } from "../parse-integer.ts";
import { checkStringLength } from "./string-length.ts";

const OUT_OF_RANGE = new CommandError("ERR", "offset is out of range");

/**
 * SETRANGE key offset value
 *
 * Reply: the length after it. Bytes between the end and the offset become zero; an empty value changes nothing.
 * Cost: a copy of the value. Source: Redis 7.0 src/t_string.c, setrangeCommand.
 */
export function setrange(context: CommandContext, argv: readonly Bytes[]): void {
  const { keys, nowMs, reply } = context;
  const [, key, offsetText, value] = argv as readonly [Bytes, Bytes, Bytes, Bytes]; // arity
  const offset = parseInteger(offsetText);
  if (offset === undefined) throw NOT_AN_INTEGER;
  if (offset < 0) throw OUT_OF_RANGE;
  const before = keys.peekString(key, nowMs) ?? EMPTY;
  if (value === EMPTY) {
    reply.integer(before.length);
    return;
  }
  checkStringLength(context, offset + value.length);
  const after = writeAt(before, offset, value);
  keys.setKeepingExpiry(key, after);
  context.notify("string", "setrange", key);
  context.effects?.append(argv);
  reply.integer(after.length);
}
