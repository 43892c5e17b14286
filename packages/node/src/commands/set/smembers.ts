import type { Bytes } from "@slotcast/protocol";
import type { CommandContext } from "../handler.ts";

/** SMEMBERS key. Reply: a set of all members, integers that are all there is in ascending order. */
export function smembers(context: CommandContext, argv: readonly Bytes[]): void {
  const { keys, nowMs, reply } = context;
  const [, key] = argv as readonly [Bytes, Bytes]; // arity
  const set = keys.readSet(key, nowMs);
  reply.set(set?.size ?? 0);
  set?.forEach((member) => {
    reply.bulk(member);
  });
}
