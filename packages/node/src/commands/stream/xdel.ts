import type { Bytes } from "@slotcast/protocol";
import type { CommandContext } from "../handler.ts";
import { parseIds } from "./id-block.ts";

/** XDEL key id [id …]. Reply: how many entries there were. An empty stream stays a key. */
export function xdel(context: CommandContext, argv: readonly Bytes[]): void {
  const { keys, nowMs, reply } = context;
  const [, key] = argv as readonly [Bytes, Bytes]; // arity
  const stream = keys.peekStream(key, nowMs);
  if (stream === undefined) {
    reply.integer(0);
    return;
  }
  let deleted = 0;
  for (const id of parseIds(argv.slice(2))) if (stream.delete(id)) deleted += 1;
  if (deleted > 0) {
    keys.touch(key);
    context.notify("stream", "xdel", key);
    context.effects?.append(argv);
  }
  reply.integer(deleted);
}
