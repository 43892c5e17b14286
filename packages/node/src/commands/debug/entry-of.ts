import { CommandError, hashSlot, type Bytes } from "@slotcast/protocol";
import type { KeyTable, Value } from "@slotcast/store";
import type { CommandContext } from "../handler.ts";

const NO_SUCH_KEY = new CommandError("ERR", "no such key");

/** The table that a key belongs to. DEBUG is not routed: its arguments are keys only for some topics. */
export function tableOf({ broker, keys }: CommandContext, key: Bytes): KeyTable {
  return broker.cluster === undefined ? keys : broker.keyspace.table(hashSlot(key));
}

/** The value of a key of this node, also one whose time has come. Throws when there is none. */
export function entryOf(context: CommandContext, key: Bytes): Value {
  const value = tableOf(context, key).peekRaw(key);
  if (value === undefined) throw NO_SUCH_KEY;
  return value;
}
