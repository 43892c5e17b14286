import type { Bytes } from "@slotcast/protocol";
import type { CommandContext } from "../handler.ts";

/** GET key. Reply: the value, or null. */
export function get(context: CommandContext, argv: readonly Bytes[]): void {
  const [, key] = argv as readonly [Bytes, Bytes]; // arity
  const value = context.keys.readString(key, context.nowMs);
  if (value === undefined) context.reply.nullBulk();
  else context.reply.bulk(value);
}
