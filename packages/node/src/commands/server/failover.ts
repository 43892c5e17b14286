import {
  CommandError,
  EMPTY,
  lower,
  NOT_AN_INTEGER,
  SYNTAX_ERROR,
  toText,
  type Bytes,
} from "@slotcast/protocol";
import type { PrimaryAddress } from "../../config/directive.ts";
import type { StandaloneReplication } from "../../standalone/standalone-replication.ts";
import type { FailoverOrder } from "../../standalone/failover.ts";
import type { CommandContext } from "../handler.ts";
import { parseInteger } from "../parse-integer.ts";

const NOT_IN_CLUSTER = new CommandError("ERR", "FAILOVER not allowed in cluster mode.");
const NONE = new CommandError("ERR", "No failover in progress.");
const UNDER_WAY = new CommandError("ERR", "FAILOVER already in progress.");
const ON_REPLICA = new CommandError("ERR", "FAILOVER is not valid when server is a replica.");
const NO_REPLICAS = new CommandError("ERR", "FAILOVER requires connected replicas.");
const BAD_TIMEOUT = new CommandError("ERR", "FAILOVER timeout must be greater than 0");
const NOT_A_REPLICA = new CommandError("ERR", "FAILOVER target HOST and PORT is not a replica.");
const NOT_ONLINE = new CommandError("ERR", "FAILOVER target replica is not online.");
const FORCE_NEEDS_MORE = new CommandError(
  "ERR",
  "FAILOVER with force option requires both a timeout and target HOST and IP.",
);

/**
 * FAILOVER [TO host port [FORCE]] [TIMEOUT milliseconds], or FAILOVER ABORT: a replica becomes the primary of this
 * server, as soon as it has everything. OK when it has begun. Source: Redis 7.0 src/replication.c, failoverCommand.
 */
export function failover({ broker, reply }: CommandContext, argv: readonly Bytes[]): void {
  const { standalone } = broker;
  if (standalone === undefined) throw NOT_IN_CLUSTER;
  if (argv.length === 2 && lower(argv[1] ?? EMPTY) === "abort") {
    if (!standalone.failover.isUnderWay) throw NONE;
    reply.ok();
    standalone.failover.abort("a client asked for that");
    return;
  }
  const order = parseOrder(argv);
  check(standalone, order);
  // First, since others are answered by what follows: those who are blocked.
  reply.ok();
  standalone.beginFailover(order);
}

function parseOrder(argv: readonly Bytes[]): FailoverOrder {
  let target: PrimaryAddress | undefined;
  let timeoutMs = 0;
  let isForced = false;
  for (let index = 1; index < argv.length; index += 1) {
    const word = lower(argv[index] ?? EMPTY);
    const [first, second] = argv.slice(index + 1);
    if (word === "timeout" && first !== undefined && timeoutMs === 0) {
      timeoutMs = parseNumber(first);
      if (timeoutMs <= 0) throw BAD_TIMEOUT;
      index += 1;
    } else if (
      word === "to" &&
      first !== undefined &&
      second !== undefined &&
      target === undefined
    ) {
      target = { host: toText(first), port: parseNumber(second) };
      index += 2;
    } else if (word === "force" && !isForced) {
      isForced = true;
    } else throw SYNTAX_ERROR;
  }
  return { target, timeoutMs, isForced };
}

function parseNumber(text: Bytes): number {
  const number = parseInteger(text);
  if (number === undefined) throw NOT_AN_INTEGER;
  return number;
}

function check(
  standalone: StandaloneReplication,
  { target, timeoutMs, isForced }: FailoverOrder,
): void {
  if (standalone.failover.isUnderWay) throw UNDER_WAY;
  if (standalone.role === "replica") throw ON_REPLICA;
  if (standalone.replicas.size === 0) throw NO_REPLICAS;
  if (isForced && (timeoutMs === 0 || target === undefined)) throw FORCE_NEEDS_MORE;
  if (target === undefined) return;
  const replica = standalone.replicas.at(target);
  if (replica === undefined) throw NOT_A_REPLICA;
  if (standalone.stateOf(replica.nodeId) !== "online") throw NOT_ONLINE;
}
