import { CommandError, type Bytes } from "@slotcast/protocol";
import type { EndedCommand } from "./blocking.ts";
import type { Broker } from "./broker.ts";
import type { Command } from "./command-registry.ts";
import type { CommandContext } from "./commands/handler.ts";
import type { Connection } from "./connection.ts";
import { Gate } from "./gates.ts";
import { observeCall } from "./observe-call.ts";

/** Somebody is told of each command: how long that takes is not the command's time. */
const TELLING = Gate.monitors | Gate.tracking;

/**
 * The one place where a command runs, EXEC's commands included: executed, its error answered, measured.
 * Source: Redis 7.0 src/server.c, call.
 */
export function callCommand(
  context: CommandContext,
  command: Command,
  argv: readonly Bytes[],
): void {
  const { broker, client } = context;
  const { meter, stats } = broker;
  const { bits } = broker.gates;
  const { to } = context.reply;
  if (!context.isResumed) stats.commandsProcessed += 1;
  const repliedBefore = (to.spilledBytes ?? 0) + to.out.length;
  if (command.isQuick && meter.joins && !context.isInTransaction && (bits & TELLING) === 0) {
    handle(context, command, argv);
    if (bits !== 0) observeCall(context, command, argv);
    const replyBytes = (to.spilledBytes ?? 0) + to.out.length - repliedBefore;
    meter.join(command, client, argv, replyBytes);
    return;
  }
  const startedMs = meter.begin();
  handle(context, command, argv);
  let durationMs = meter.elapsedMs(startedMs);
  const replyBytes = (to.spilledBytes ?? 0) + to.out.length - repliedBefore;
  if (broker.gates.bits !== 0) {
    observeCall(context, command, argv);
    meter.interrupt();
  }
  if (client.isStopped || context.isResumed) {
    durationMs = broker.blocking.addWork(client, durationMs);
    // It will be counted when it is over.
    if (client.isStopped && broker.blocking.isParked(client)) return;
  }
  meter.count({ command, connection: client, argv, replyBytes }, durationMs);
}

/** A parked command is over without having run again. */
export function countEnded(broker: Broker, connection: Connection, ended: EndedCommand): void {
  const { argv, workedMs, error } = ended;
  const command = broker.commands.find(argv);
  if (command === undefined) return;
  if (error !== undefined) countFailure(broker, argv, error);
  broker.meter.count({ command, connection, argv, replyBytes: 0 }, workedMs);
}

/** A command that was counted, or is about to be, was answered with an error. */
export function countFailure(broker: Broker, argv: readonly Bytes[], error: CommandError): void {
  const command = broker.commands.find(argv);
  if (command !== undefined) command.stats.failed += 1;
  broker.stats.countError(error.prefix);
}

function handle(context: CommandContext, command: Command, argv: readonly Bytes[]): void {
  try {
    command.handler(context, argv);
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    command.stats.failed += 1;
    context.broker.stats.countError(error.prefix);
    context.client.reply.error(error);
  }
}
