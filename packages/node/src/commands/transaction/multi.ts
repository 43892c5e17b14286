import { CommandError } from "@slotcast/protocol";
import { Transaction } from "../../transaction.ts";
import type { CommandContext } from "../handler.ts";

const NESTED = new CommandError("ERR", "MULTI calls can not be nested");
const NO_TRANSACTION = new CommandError("ERR", "DISCARD without MULTI");

/** MULTI: what follows is queued until EXEC or DISCARD. */
export function multi({ client, reply }: CommandContext): void {
  if (client.transaction !== undefined) throw NESTED;
  client.transaction = new Transaction();
  reply.ok();
}

/** DISCARD: forgets what was queued, and the watched keys. */
export function discard({ broker, client, reply }: CommandContext): void {
  if (client.transaction === undefined) throw NO_TRANSACTION;
  client.transaction = undefined;
  broker.watchedKeys.forget(client);
  reply.ok();
}
