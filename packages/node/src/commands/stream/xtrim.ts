import type { Bytes } from "@slotcast/protocol";
import type { CommandContext } from "../handler.ts";
import { parseTrimArguments } from "./trim-arguments.ts";
import { announceTrim, trimStream } from "./trim-stream.ts";

/**
 * XTRIM key <MAXLEN | MINID> [= | ~] threshold [LIMIT count] [KEEPREF | DELREF | ACKED]
 *
 * Reply: how many entries were removed.
 */
export function xtrim(context: CommandContext, argv: readonly Bytes[]): void {
  const { keys, nowMs, reply } = context;
  const [, key] = argv as readonly [Bytes, Bytes]; // arity
  const { trim } = parseTrimArguments(argv, "xtrim");
  const stream = keys.peekStream(key, nowMs);
  if (stream === undefined || trim === undefined) {
    reply.integer(0);
    return;
  }
  const { removed, end } = trimStream(stream, trim);
  if (removed > 0) {
    keys.touch(key);
    announceTrim(context, key, { stream, trim, end });
  }
  reply.integer(removed);
}
