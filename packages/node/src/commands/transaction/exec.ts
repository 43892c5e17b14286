import { CommandError } from "@slotcast/protocol";
import type { CommandContext } from "../handler.ts";

const NO_TRANSACTION = new CommandError("ERR", "EXEC without MULTI");
const ABORTED = new CommandError("EXECABORT", "Transaction discarded because of previous errors.");

/**
 * EXEC: executes what was queued since MULTI; nothing of another client comes in between. Reply: an array with the
 * reply of each; null when a watched key changed; EXECABORT when a command was refused while it was queued. One that
 * fails now answers its error in the array, and the others are executed all the same.
 * Source: Redis 7.0 src/multi.c, execCommand.
 */
export function exec(context: CommandContext): void {
  const { broker, client, nowMs, reply } = context;
  const { transaction } = client;
  if (transaction === undefined) throw NO_TRANSACTION;
  const isDirty = broker.watchedKeys.isDirty(client, nowMs);
  client.transaction = undefined;
  broker.watchedKeys.forget(client);
  if (transaction.isAborted) throw ABORTED;
  if (isDirty) {
    reply.nullArray();
    return;
  }
  reply.array(transaction.queue.length);
  context.runQueued(transaction.queue);
}
