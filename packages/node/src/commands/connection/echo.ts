import { EMPTY, type Bytes } from "@slotcast/protocol";
import type { CommandContext } from "../handler.ts";

/** ECHO message */
export function echo({ reply }: CommandContext, [, message = EMPTY]: readonly Bytes[]): void {
  reply.bulk(message);
}
