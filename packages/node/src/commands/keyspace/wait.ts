import {
  CommandError,
  NOT_AN_INTEGER,
  OUT_OF_RANGE_POSITIVE,
  type Bytes,
  type ReplyWriter,
} from "@slotcast/protocol";
import type { CommandContext } from "../handler.ts";
import { parseInteger } from "../parse-integer.ts";
import { parseTimeoutMs } from "../parse-timeout.ts";

/** There are neither replicas nor an append log yet, so nobody ever confirms a write. */
const REPLICAS = 0;
const APPEND_LOGS = 0;
const NOT_ONE_LOG = new CommandError("ERR", "value is out of range, value must between 0 and 1");
const NO_APPEND_LOG = new CommandError(
  "ERR",
  "WAITAOF cannot be used when numlocal is set but appendonly is disabled.",
);

/**
 * WAIT numreplicas timeout-ms
 *
 * Reply: how many replicas have this client's writes, once there are `numreplicas`, or after the time-out (0: waits
 * for ever). Source: Redis 7.0 src/replication.c, waitCommand.
 */
export function wait(context: CommandContext, argv: readonly Bytes[]): void {
  const [, countText, timeoutText] = argv as readonly [Bytes, Bytes, Bytes]; // arity
  const wanted = parseInteger(countText);
  if (wanted === undefined) throw NOT_AN_INTEGER;
  const timeoutMs = parseTimeoutMs(timeoutText);
  waitForReplicas(context, argv, { wanted, timeoutMs, answer: writeReplicas });
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
  if (wantedHere > APPEND_LOGS) throw NO_APPEND_LOG;
  waitForReplicas(context, argv, { wanted, timeoutMs, answer: writeLogs });
}

function waitForReplicas(
  context: CommandContext,
  argv: readonly Bytes[],
  options: {
    readonly wanted: number;
    readonly timeoutMs: number;
    readonly answer: (reply: ReplyWriter) => void;
  },
): void {
  const { wanted, timeoutMs, answer } = options;
  if (wanted <= REPLICAS) answer(context.reply);
  else context.park({ keys: [], waitsFor: "replicas", timeoutMs, argv, timeoutReply: answer });
}

function writeReplicas(reply: ReplyWriter): void {
  reply.integer(REPLICAS);
}

function writeLogs(reply: ReplyWriter): void {
  reply.array(2);
  reply.integer(APPEND_LOGS);
  reply.integer(REPLICAS);
}
