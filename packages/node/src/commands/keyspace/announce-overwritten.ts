import type { Bytes } from "@slotcast/protocol";
import type { KeyTable, Value } from "@slotcast/store";
import type { KeyspaceEvents } from "../../keyspace-events.ts";
import { typeName } from "./type.ts";

/**
 * The events of Redis 8.2 for a key that now holds another value: `overwritten`, and `type_changed` when it is of
 * another type. None when there was no value before.
 */
export function announceOverwritten(
  events: KeyspaceEvents,
  table: KeyTable,
  key: Bytes,
  { before, after }: { readonly before: Value | undefined; readonly after: Value },
): void {
  if (before === undefined || !events.isOn) return;
  events.notify(table, "overwritten", "overwritten", key);
  if (typeName(before) !== typeName(after)) {
    events.notify(table, "type-changed", "type_changed", key);
  }
}
