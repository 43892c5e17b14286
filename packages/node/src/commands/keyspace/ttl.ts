import type { Bytes } from "@slotcast/protocol";
import type { CommandContext } from "../handler.ts";

/** TTL key. Reply: seconds left, rounded to the nearest; -1: it stays; -2: there is no such key. */
export function ttl(context: CommandContext, argv: readonly Bytes[]): void {
  const { keys, nowMs, reply } = context;
  const [, key] = argv as readonly [Bytes, Bytes]; // arity
  if (keys.read(key, nowMs) === undefined) {
    reply.integer(-2);
    return;
  }
  const atMs = keys.expiryOf(key);
  reply.integer(atMs === undefined ? -1 : Math.floor((atMs - nowMs + 500) / 1000));
}
