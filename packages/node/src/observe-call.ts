import type { Bytes } from "@slotcast/protocol";
import type { Command } from "./command-registry.ts";
import type { CommandContext } from "./commands/handler.ts";
import { Gate } from "./gates.ts";

/**
 * Tells those who want to know that a command was executed, also one inside EXEC. Called while a gate is set.
 * Source: Redis 7.0 src/server.c, call.
 */
export function observeCall(
  context: CommandContext,
  command: Command,
  argv: readonly Bytes[],
): void {
  const { broker, client, isInTransaction, isResumed, keys, nowMs } = context;
  const { bits } = broker.gates;
  // A command that waited was shown when it came.
  if ((bits & Gate.monitors) !== 0 && !isResumed && !command.isHiddenFromMonitors) {
    broker.monitors.show(client, command, argv);
  }
  const mayTouch = !client.noTouch || command.fullName === "touch";
  if ((bits & Gate.keyUse) !== 0 && command.isKeyUse && mayTouch) {
    broker.memory.keys.used(keys, command.keysOf(argv), nowMs);
  }
  if ((bits & Gate.tracking) !== 0) {
    if (command.isReadonly && client.tracking !== undefined) {
      broker.tracking.remember(client, command.keysOf(argv));
    }
    // EXEC's replies are one reply: what they caused follows its end.
    if (!isInTransaction) {
      broker.tracking.flushPending();
      broker.tracking.ended(client, command);
    }
  }
}
