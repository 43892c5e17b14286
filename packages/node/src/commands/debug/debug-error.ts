import type { Bytes } from "@slotcast/protocol";
import type { CommandContext } from "../handler.ts";

/** DEBUG ERROR text: that text as an error, for tests of clients. Line breaks become spaces. */
export function debugError({ broker, reply }: CommandContext, argv: readonly Bytes[]): void {
  const [, , text] = argv as readonly [Bytes, Bytes, Bytes]; // the topic has one argument
  broker.stats.countError(text.split(" ", 1)[0] ?? "");
  reply.raw(`-${text.replaceAll(/[\r\n]/g, " ")}\r\n`);
}
