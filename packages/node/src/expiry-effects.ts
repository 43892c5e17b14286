import { ascii } from "@slotcast/protocol";
import type { Keyspace } from "@slotcast/store";
import type { EffectSink } from "./commands/handler.ts";

/**
 * Proposes a DEL for each key whose time has come, as soon as it is removed: who replays effects has another clock and
 * expires nothing by itself. It stands before the effect of the command that found the key expired.
 */
export function proposeExpiries(keyspace: Keyspace, effects: EffectSink): void {
  keyspace.hooks.expired = (table, key) => {
    effects.append([ascii("DEL"), key], table);
  };
}
