import { ascii, type Bytes } from "@slotcast/protocol";
import type { CommandContext } from "../handler.ts";
import { parseTrimArguments, trimEffect, trimStream } from "./trim-arguments.ts";

/** XTRIM key <MAXLEN | MINID> [= | ~] threshold [LIMIT count]. Reply: how many entries were removed. */
export function xtrim(context: CommandContext, argv: readonly Bytes[]): void {
  const { keys, nowMs, reply } = context;
  const [, key] = argv as readonly [Bytes, Bytes]; // arity
  const { trim } = parseTrimArguments(argv, "xtrim");
  const stream = keys.peekStream(key, nowMs);
  if (stream === undefined || trim === undefined) {
    reply.integer(0);
    return;
  }
  const removed = trimStream(stream, trim);
  if (removed > 0) {
    keys.touch(key);
    context.effects?.append([ascii("XTRIM"), key, ...trimEffect(trim, stream).map(ascii)]);
  }
  reply.integer(removed);
}
