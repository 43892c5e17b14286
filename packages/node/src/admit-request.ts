import { CommandError, type Bytes } from "@slotcast/protocol";
import type { Broker } from "./broker.ts";
import type { Command } from "./command-registry.ts";
import { Restriction, type Connection } from "./connection.ts";
import { Gate } from "./gates.ts";
import {
  NOT_KNOWN_YET,
  READ_ONLY,
  redirectionOnReplica,
  refusalOnReplica,
} from "./standalone/admit-on-replica.ts";

/** The request is neither executed nor answered now: it waits for the end of a pause, or its client is gone. */
export const WITHHELD = Symbol("withheld");

const EXEC = "exec";
const ALLOWED_SUBSCRIBED = new Set<string>([
  "ping", "subscribe", "ssubscribe", "psubscribe",
  "unsubscribe", "sunsubscribe", "punsubscribe", "quit", "reset",
]); // prettier-ignore
/** While memory is full nothing is queued in a transaction, but it can be ended. */
const ENDS_TRANSACTION = new Set<string>([EXEC, "discard", "quit", "reset"]);

const OUT_OF_MEMORY = new CommandError(
  "OOM",
  "command not allowed when used memory > 'maxmemory'.",
);
const TOO_FEW_IN_SYNC = new CommandError("NOREPLICAS", "Not enough good replicas to write.");
const MONITORS_ONLY_LOOK = new CommandError("ERR", "Replica can't interact with the keyspace");

/**
 * The second look that a request gets while a restriction of its connection or a gate is set. Returns the error to
 * answer, WITHHELD, or `undefined`: go on. May evict keys and clients.
 *
 * Source: Redis 7.0 src/server.c, processCommand; the order of its checks decides which error comes first.
 */
export function admitRequest(
  broker: Broker,
  connection: Connection,
  command: Command,
  argv: readonly Bytes[],
): CommandError | typeof WITHHELD | undefined {
  const { bits } = broker.gates;
  const standalone = (bits & Gate.replica) === 0 ? undefined : broker.standalone;
  if (standalone !== undefined) {
    const redirection = redirectionOnReplica(standalone, connection, command);
    if (redirection === NOT_KNOWN_YET) {
      broker.pause.hold(connection, argv);
      return WITHHELD;
    }
    if (redirection !== undefined) return redirection;
  }
  if ((bits & Gate.clientMemory) !== 0) {
    broker.memory.clients.update(connection);
    broker.memory.clients.evict();
    if (connection.isClosed) return WITHHELD;
  }
  if ((bits & Gate.memory) !== 0) {
    const hasRoom = broker.memory.makeRoom();
    // What the command reads must not be older than what its client was told.
    broker.tracking.flushPending();
    if (!hasRoom && mayGrow(connection, command)) return OUT_OF_MEMORY;
  }
  if ((bits & Gate.tooFewInSync) !== 0 && mayWrite(connection, command)) return TOO_FEW_IN_SYNC;
  if (standalone !== undefined && mayWrite(connection, command)) return READ_ONLY;
  const { restrictions } = connection;
  if (
    (restrictions & Restriction.subscribed) !== 0 &&
    connection.protocol === 2 &&
    !ALLOWED_SUBSCRIBED.has(command.fullName)
  ) {
    return new CommandError(
      "ERR",
      `Can't execute '${command.fullName}': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET are allowed in this context`,
    );
  }
  if (standalone !== undefined) {
    const refusal = refusalOnReplica(broker, standalone, { connection, command });
    if (refusal !== undefined) return refusal;
  }
  // Redis takes a monitor for a replica, which neither touches keys nor is paused.
  if ((restrictions & Restriction.monitor) !== 0) {
    return touchesKeys(connection, command) ? MONITORS_ONLY_LOOK : undefined;
  }
  const { mode } = broker.pause;
  if (
    mode === "all"
      ? !command.isPauseControl
      : mode === "write" && isPausedByWrite(connection, command)
  ) {
    broker.pause.hold(connection, argv);
    return WITHHELD;
  }
  const { backPressure } = broker.replication ?? {};
  if ((bits & Gate.congestion) !== 0 && backPressure?.concerns(connection, command) === true) {
    backPressure.hold(connection, argv);
    return WITHHELD;
  }
  return undefined;
}

/** EXEC is what its commands are, here and below. */
function mayGrow({ transaction }: Connection, command: Command): boolean {
  if (transaction === undefined) return command.isDenyOom;
  return ENDS_TRANSACTION.has(command.fullName)
    ? command.fullName === EXEC && transaction.isDenyOom
    : true;
}

function mayWrite({ transaction }: Connection, command: Command): boolean {
  if (command.fullName === EXEC && transaction !== undefined) return transaction.isWrite;
  return command.isWrite;
}

function isPausedByWrite({ transaction }: Connection, command: Command): boolean {
  if (command.fullName === EXEC && transaction !== undefined) return transaction.isPausedByWrite;
  return command.isPausedByWrite;
}

function touchesKeys({ transaction }: Connection, command: Command): boolean {
  if (command.fullName === EXEC && transaction !== undefined) {
    return transaction.queue.some(
      ({ command: queued }) => queued.isPausedByWrite || queued.isReadonly,
    );
  }
  return command.isPausedByWrite || command.isReadonly;
}
