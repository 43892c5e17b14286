import { CommandError } from "@slotcast/protocol";
import type { KeyTable } from "@slotcast/store";
import type { Broker } from "../../broker.ts";

export const NO_SUCH_DATABASE = new CommandError("ERR", "DB index is out of range");

/** A numbered database, for the commands that reach beyond the selected one. Throws when there is none. */
export function databaseAt(broker: Broker, index: number): KeyTable {
  if (index < 0 || index >= broker.config.get("databases")) throw NO_SUCH_DATABASE;
  return broker.keyspace.table(index);
}
