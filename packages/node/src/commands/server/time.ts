import { ascii } from "@slotcast/protocol";
import type { CommandContext } from "../handler.ts";

/** TIME. Reply: Unix time in seconds, and the microseconds of this second; our clock counts milliseconds. */
export function time({ nowMs, reply }: CommandContext): void {
  reply.array(2);
  reply.bulk(ascii(String(Math.floor(nowMs / 1000))));
  reply.bulk(ascii(String((nowMs % 1000) * 1000)));
}
