import { ascii, type Bytes } from "@slotcast/protocol";
import type { CommandContext } from "../handler.ts";

/** PERSIST key. Reply: 1 when it would have ended and now stays, 0 otherwise. */
export function persist(context: CommandContext, argv: readonly Bytes[]): void {
  const { keys, nowMs, reply } = context;
  const [, key] = argv as readonly [Bytes, Bytes]; // arity
  const isThere = keys.peek(key, nowMs) !== undefined;
  reply.integer(isThere && persistKey(context, key) ? 1 : 0);
}

/** The key, which must exist, stays for ever. False when it did so already. */
export function persistKey(context: CommandContext, key: Bytes): boolean {
  if (!context.keys.persist(key)) return false;
  context.notify("generic", "persist", key);
  context.effects?.append([ascii("PERSIST"), key]);
  return true;
}
