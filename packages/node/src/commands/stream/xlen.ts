import type { Bytes } from "@slotcast/protocol";
import type { CommandContext } from "../handler.ts";

/** XLEN key. Reply: the number of entries; 0 without such a key. */
export function xlen(context: CommandContext, argv: readonly Bytes[]): void {
  const [, key] = argv as readonly [Bytes, Bytes]; // arity
  context.reply.integer(context.keys.readStream(key, context.nowMs)?.length ?? 0);
}
