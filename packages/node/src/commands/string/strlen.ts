import type { Bytes } from "@slotcast/protocol";
import type { CommandContext } from "../handler.ts";

/** STRLEN key. Reply: the length in bytes; 0 without such a key. */
export function strlen(context: CommandContext, argv: readonly Bytes[]): void {
  const [, key] = argv as readonly [Bytes, Bytes]; // arity
  context.reply.integer(context.keys.readString(key, context.nowMs)?.length ?? 0);
}
