import { hashSlot, type Bytes } from "@slotcast/protocol";
import type { CommandContext } from "../handler.ts";
import { clusterOf } from "./cluster-of.ts";

/** CLUSTER KEYSLOT key. Reply: the slot of the key, whoever owns it. */
export function clusterKeyslot(context: CommandContext, argv: readonly Bytes[]): void {
  const [, , key] = argv as readonly [Bytes, Bytes, Bytes]; // arity
  clusterOf(context);
  context.reply.integer(hashSlot(key));
}
