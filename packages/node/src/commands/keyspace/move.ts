import { CommandError, type Bytes } from "@slotcast/protocol";
import type { CommandContext } from "../handler.ts";
import { parseInt32 } from "../parse-int32.ts";
import { databaseAt } from "./database-at.ts";
import { placeEntry, useOf } from "./place-entry.ts";
import { SAME_OBJECTS } from "./same-objects.ts";

const NOT_IN_CLUSTER = new CommandError("ERR", "MOVE is not allowed in cluster mode");

/**
 * MOVE key db: to another numbered database, with its expiry. Reply: 1; 0 when there is no such key here, or there
 * is one there. Source: Redis 7.0 src/db.c, moveCommand.
 */
export function move(context: CommandContext, argv: readonly Bytes[]): void {
  const { broker, keys, nowMs, reply } = context;
  const [, key, databaseText] = argv as readonly [Bytes, Bytes, Bytes]; // arity
  if (broker.cluster !== undefined) throw NOT_IN_CLUSTER;
  const target = databaseAt(broker, parseInt32(databaseText));
  if (target === keys) throw SAME_OBJECTS;
  const value = keys.peek(key, nowMs);
  if (value === undefined || target.peek(key, nowMs) !== undefined) {
    reply.integer(0);
    return;
  }
  const entry = { value, expiresAtMs: keys.expiryOf(key), use: useOf(broker, keys, key) };
  keys.delete(key);
  placeEntry(broker, target, key, entry);
  context.effects?.append(argv);
  context.notify("generic", "move_from", key);
  if (broker.events.isOn) broker.events.notify(target, "generic", "move_to", key);
  reply.integer(1);
}
