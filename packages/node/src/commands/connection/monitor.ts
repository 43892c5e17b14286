import { CommandError } from "@slotcast/protocol";
import type { CommandContext } from "../handler.ts";

const IN_TRANSACTION = new CommandError("ERR", "MONITOR isn't allowed for DENY BLOCKING client");

/**
 * MONITOR: from now on every command that is executed is shown to this connection, a line each; RESET ends it. A
 * second MONITOR is not answered, as in Redis.
 */
export function monitor({ broker, client, isInTransaction, reply }: CommandContext): void {
  if (isInTransaction) throw IN_TRANSACTION;
  if (broker.monitors.has(client)) return;
  broker.monitors.add(client);
  reply.ok();
}
