import { CommandError, lower, toText, type Bytes } from "@slotcast/protocol";
import type { CommandContext } from "../handler.ts";
import { parseInteger } from "../parse-integer.ts";

const NOT_IN_CLUSTER = new CommandError("ERR", "REPLICAOF not allowed in cluster mode.");
const FAILING_OVER = new CommandError("ERR", "REPLICAOF not allowed while failing over.");
const BAD_PORT = new CommandError("ERR", "Invalid master port");
const PORT_MAX = 65_535;

/**
 * REPLICAOF host port: what that server decides happens here, and the keys of this one are given up as soon as it
 * answers. REPLICAOF NO ONE: this server decides again, and goes on with what it has. OK when it has begun.
 * Source: Redis 7.0 src/replication.c, replicaofCommand.
 */
export function replicaof({ broker, client, reply }: CommandContext, argv: readonly Bytes[]): void {
  const [, hostBytes, portBytes] = argv as readonly [Bytes, Bytes, Bytes]; // arity
  const { logger, standalone } = broker;
  if (standalone === undefined) throw NOT_IN_CLUSTER;
  if (standalone.failover.isUnderWay) throw FAILING_OVER;
  const current = standalone.followed?.primary;
  if (lower(hostBytes) === "no" && lower(portBytes) === "one") {
    reply.ok();
    if (current === undefined) return;
    logger.info({ client: client.id, event: "replicaof" }, "the primary now, as a client asked");
    standalone.lead();
    return;
  }
  const port = parseInteger(portBytes);
  if (port === undefined || port < 0 || port > PORT_MAX) throw BAD_PORT;
  const host = toText(hostBytes);
  if (current?.port === port && current.host.toLowerCase() === host.toLowerCase()) {
    reply.simple("OK Already connected to specified master");
    return;
  }
  logger.info(
    { client: client.id, event: "replicaof", host, port },
    "a replica now, as a client asked",
  );
  // First, since others are answered by what follows: those who are blocked.
  reply.ok();
  standalone.follow({ host, port });
}
