import type { ReplyTarget } from "@slotcast/protocol";
import { Restriction, type Connection } from "./connection.ts";

/** Replies of a connection that asked for none. */
export const MUTE: ReplyTarget & { out: string } = {
  out: "",
  spill(): void {
    this.out = "";
  },
};

/**
 * CLIENT REPLY: points the writer away from a connection that wants no reply to what runs now. A SKIP mutes the
 * request after it, and that one only; true: this is the one.
 */
export function mute(connection: Connection): boolean {
  if ((connection.restrictions & (Restriction.muted | Restriction.muteNext)) === 0) return false;
  const isSkipped = (connection.restrictions & Restriction.muteNext) !== 0;
  connection.restrictions &= ~Restriction.muteNext;
  connection.reply.to = MUTE;
  MUTE.out = "";
  return isSkipped;
}
