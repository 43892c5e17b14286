import type { Bytes } from "@slotcast/protocol";
import { parseStreamId } from "@slotcast/store";
import type { CommandContext } from "../handler.ts";

/** XDEL key id [id …]. Reply: how many entries there were. An empty stream stays a key. */
export function xdel(context: CommandContext, argv: readonly Bytes[]): void {
  const { keys, nowMs, reply } = context;
  const [, key] = argv as readonly [Bytes, Bytes]; // arity
  const stream = keys.peekStream(key, nowMs);
  if (stream === undefined) {
    reply.integer(0);
    return;
  }
  // All ids first: one that is none must not leave half of them deleted.
  const ids = argv.slice(2).map((text) => parseStreamId(text, 0));
  let deleted = 0;
  for (const id of ids) if (stream.delete(id)) deleted += 1;
  if (deleted > 0) {
    keys.touch(key);
    context.effects?.append(argv);
  }
  reply.integer(deleted);
}
