import type { Bytes } from "@slotcast/protocol";
import type { CommandContext } from "../handler.ts";

/** LLEN key. Reply: the length; 0 without such a key. */
export function llen(context: CommandContext, argv: readonly Bytes[]): void {
  const [, key] = argv as readonly [Bytes, Bytes]; // arity
  context.reply.integer(context.keys.readList(key, context.nowMs)?.length ?? 0);
}
