import type { Bytes } from "@slotcast/protocol";
import type { CommandContext } from "../handler.ts";

/** SCARD key. Reply: the number of members; 0 without such a key. */
export function scard(context: CommandContext, argv: readonly Bytes[]): void {
  const [, key] = argv as readonly [Bytes, Bytes]; // arity
  context.reply.integer(context.keys.readSet(key, context.nowMs)?.size ?? 0);
}
