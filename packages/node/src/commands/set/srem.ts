import type { Bytes } from "@slotcast/protocol";
import type { CommandContext } from "../handler.ts";
import { announceRemoval } from "./announce-removal.ts";

/** SREM key member [member …]. Reply: how many were there. Source: Redis 7.0 src/t_set.c, sremCommand. */
export function srem(context: CommandContext, argv: readonly Bytes[]): void {
  const { keys, nowMs, reply } = context;
  const key = argv[1] as Bytes; // arity
  const set = keys.peekSet(key, nowMs);
  let removed = 0;
  if (set !== undefined) {
    for (let index = 2; index < argv.length && set.size > 0; index += 1) {
      if (set.delete(argv[index] as Bytes)) removed += 1; // below length
    }
    if (removed > 0) {
      announceRemoval(context, key, { set, event: "srem" });
      context.effects?.append(argv);
    }
  }
  reply.integer(removed);
}
