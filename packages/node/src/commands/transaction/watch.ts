import { CommandError, type Bytes } from "@slotcast/protocol";
import type { CommandContext } from "../handler.ts";

const IN_TRANSACTION = new CommandError("ERR", "WATCH inside MULTI is not allowed");

/** WATCH key [key …]: the next EXEC executes nothing when one of them changes before it. */
export function watch(context: CommandContext, argv: readonly Bytes[]): void {
  const { broker, client, keys, nowMs, reply } = context;
  if (client.transaction !== undefined) throw IN_TRANSACTION;
  for (const key of argv.slice(1)) {
    // A key whose time has come is missing already: that it goes is no change.
    keys.peek(key, nowMs);
    broker.watchedKeys.watch(client, keys, key);
  }
  reply.ok();
}

/** UNWATCH: forgets all watched keys, also what happened to them. */
export function unwatch({ broker, client, reply }: CommandContext): void {
  broker.watchedKeys.forget(client);
  reply.ok();
}
