import { toText, type Bytes } from "@slotcast/protocol";
import type { CommandContext } from "../handler.ts";

/** DEBUG LOG message: a line in the broker's log. Whoever may DEBUG may write there. */
export function debugLog({ broker, reply }: CommandContext, argv: readonly Bytes[]): void {
  const [, , message] = argv as readonly [Bytes, Bytes, Bytes]; // the topic has one argument
  broker.logger.warn({ text: toText(message) }, "DEBUG LOG");
  reply.ok();
}
