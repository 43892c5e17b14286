import { CommandError, SLOTS, type Bytes } from "@slotcast/protocol";
import { parseInt64 } from "../parse-integer.ts";

const NO_SLOT = new CommandError("ERR", "Invalid or out of range slot");

/** Source: Redis 7.0 src/cluster.c, getSlotOrReply. */
export function parseSlot(text: Bytes): number {
  const slot = parseInt64(text);
  if (typeof slot !== "number" || slot < 0 || slot >= SLOTS) throw NO_SLOT;
  return slot;
}
