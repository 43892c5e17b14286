import {
  CommandError,
  NOT_AN_INTEGER,
  OUT_OF_RANGE_POSITIVE,
  type Bytes,
  type ReplyWriter,
} from "@slotcast/protocol";
import type { Broker } from "../../broker.ts";
import type { Connection } from "../../connection.ts";
import type { CommandContext } from "../handler.ts";
import { parseInteger } from "../parse-integer.ts";
import { parseTimeoutMs } from "../parse-timeout.ts";

/** There is no append log yet, here or on replicas, so nobody ever has a write on disk. */
const APPEND_LOGS = 0;
const NOT_ONE_LOG = new CommandError("ERR", "value is out of range, value must between 0 and 1");
const NO_APPEND_LOG = new CommandError(
  "ERR",
  "WAITAOF cannot be used when numlocal is set but appendonly is disabled.",
);
const NOT_ON_REPLICA = new CommandError(
  "ERR",
  "WAIT cannot be used with replica instances. Please also note that since Redis 4.0 if a replica is configured to be writable (which is not the default) writes to replicas are just local and are not propagated.",
);
const NO_LOG_ON_REPLICA = new CommandError(
  "ERR",
  "WAITAOF cannot be used with replica instances. Please also note that writes to replicas are just local and are not propagated.",
);

/**
 * WAIT numreplicas timeout-ms
 *
 * Reply: how many replicas have this client's writes, once there are `numreplicas`, or after the time-out (0: waits
 * for ever). Source: Redis 7.0 src/replication.c, waitCommand.
 */
export function wait(context: CommandContext, argv: readonly Bytes[]): void {
  const [, countText, timeoutText] = argv as readonly [Bytes, Bytes, Bytes]; // arity
  if (context.broker.replication?.state.role === "replica") throw NOT_ON_REPLICA;
  const wanted = parseInteger(countText);
  if (wanted === undefined) throw NOT_AN_INTEGER;
  const timeoutMs = parseTimeoutMs(timeoutText);
  // The context serves others by the time that it waited.
  const { broker, client } = context;
  const answer = (reply: ReplyWriter): void => {
    reply.integer(replicasOf(broker, client));
  };
  if (replicasOf(broker, client) >= wanted) answer(context.reply);
  else context.park({ keys: [], waitsFor: "replicas", timeoutMs, argv, timeoutReply: answer });
}

/**
 * WAITAOF numlocal numreplicas timeout-ms (7.2)
 *
 * Reply: how many append logs have this client's writes on disk: here, and on replicas; once there are enough, or
 * after the time-out. Source: Redis 7.2 src/replication.c, waitaofCommand.
 */
export function waitaof(context: CommandContext, argv: readonly Bytes[]): void {
  const [, localText, countText, timeoutText] = argv as readonly [Bytes, Bytes, Bytes, Bytes]; // arity
  const wantedHere = parseInteger(localText);
  if (wantedHere === undefined) throw NOT_AN_INTEGER;
  if (wantedHere < 0 || wantedHere > 1) throw NOT_ONE_LOG;
  const wanted = parseInteger(countText);
  if (wanted === undefined || wanted < 0) throw OUT_OF_RANGE_POSITIVE;
  const timeoutMs = parseTimeoutMs(timeoutText);
  if (context.broker.replication?.state.role === "replica") throw NO_LOG_ON_REPLICA;
  if (wantedHere > APPEND_LOGS) throw NO_APPEND_LOG;
  if (wanted <= APPEND_LOGS) writeLogs(context.reply);
  else context.park({ keys: [], waitsFor: "replicas", timeoutMs, argv, timeoutReply: writeLogs });
}

/** Replicas that have what the client wrote last. */
function replicasOf({ replication }: Broker, { uncommitted }: Connection): number {
  return replication?.state.ackedBy(uncommitted?.writtenOffset ?? 0) ?? 0;
}

function writeLogs(reply: ReplyWriter): void {
  reply.array(2);
  reply.integer(APPEND_LOGS);
  reply.integer(APPEND_LOGS);
}
