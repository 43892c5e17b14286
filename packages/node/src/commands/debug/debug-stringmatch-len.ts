import { globMatches, type Bytes } from "@slotcast/protocol";
import type { CommandContext } from "../handler.ts";

/** DEBUG STRINGMATCH-LEN pattern text: 1 when the glob matches, else 0. From Redis 7.2. */
export function debugStringmatchLen({ reply }: CommandContext, argv: readonly Bytes[]): void {
  const [, , pattern, text] = argv as readonly [Bytes, Bytes, Bytes, Bytes]; // the topic has two
  reply.integer(globMatches(pattern, text) ? 1 : 0);
}
