import {
  CommandError,
  EMPTY,
  lower,
  NOT_AN_INTEGER,
  OUT_OF_RANGE_POSITIVE,
  SYNTAX_ERROR,
  toText,
  type Bytes,
} from "@slotcast/protocol";
import { acceptingLine, isPort, SYNC_WORD } from "../../standalone/greeting.ts";
import { LINK_VERSION } from "../../standalone/limits.ts";
import type { StandaloneReplication } from "../../standalone/standalone-replication.ts";
import type { CommandContext } from "../handler.ts";
import { parseInteger } from "../parse-integer.ts";

/** Of `ip-address`. As Redis. */
const HOST_BYTES_MAX = 255;
const NOT_HERE = new CommandError("ERR", "nobody can follow a node of a cluster by REPLICAOF");
const BAD_GREETING = new CommandError("ERR", "this is no greeting of a replica");
const BAD_PORT = new CommandError("ERR", "the listening-port of a replica is 0 to 65535");
const OTHER_VERSION = new CommandError("ERR", "replication of another version");
const FOLLOWS_ITSELF = new CommandError("ERR", "a server cannot follow itself");
const PENDING_OUTPUT = new CommandError("ERR", "a greeting is invalid with pending output");
const FAILOVER_TO_PRIMARY = new CommandError("ERR", "a failover cannot be sent to a primary");
const FAILOVER_TO_OTHER = new CommandError("ERR", "this replica follows another primary");
const FAILOVER_TOO_EARLY = new CommandError("ERR", "this replica has not got everything yet");

/**
 * REPLCONF option value ...: what a replica says of itself, before it asks for a link:
 *
 *     REPLCONF slotcast-sync <version> slotcast-node <id> [slotcast-failover <offset>]
 *
 * With the answer the connection stops being one of requests: docs/replication.md. Options of a redis-server that asks
 * to be a replica are taken as Redis does, so that it is PSYNC that tells it why it cannot.
 * Source: Redis 7.0 src/replication.c, replconfCommand.
 */
export function replconf(context: CommandContext, argv: readonly Bytes[]): void {
  if (argv.length % 2 === 0) throw SYNTAX_ERROR;
  const { client, reply } = context;
  for (let index = 1; index < argv.length; index += 2) {
    const option = argv[index] ?? EMPTY;
    const value = argv[index + 1] ?? EMPTY;
    switch (lower(option)) {
      case "listening-port": {
        const port = parseInteger(value);
        if (port === undefined) throw NOT_AN_INTEGER;
        client.announcedAddress = { host: client.announcedAddress?.host ?? "", port };
        break;
      }
      case "ip-address":
        if (value.length > HOST_BYTES_MAX) {
          const text = `REPLCONF ip-address provided by replica instance is too long: ${value.length} bytes`;
          throw new CommandError("ERR", text);
        }
        client.announcedAddress = {
          host: toText(value),
          port: client.announcedAddress?.port ?? 0,
        };
        break;
      case "capa":
        break;
      // They belong to a link of Redis, and have no answer there.
      case "ack":
      case "getack":
        return;
      case "rdb-only":
        checkFlag(value);
        break;
      case "rdb-filter-only":
        checkFilter(value);
        break;
      case SYNC_WORD:
        link(context, argv);
        return;
      default:
        throw new CommandError("ERR", `Unrecognized REPLCONF option: ${option}`);
    }
  }
  reply.ok();
}

function checkFilter(value: Bytes): void {
  const unknown = value.split(" ").find((word) => word !== "" && word !== "functions");
  if (unknown === undefined) return;
  throw new CommandError("ERR", `Unsupported rdb-filter-only option: ${unknown}`);
}

function checkFlag(value: Bytes): void {
  const flag = parseInteger(value);
  if (flag === undefined) throw NOT_AN_INTEGER;
  if (flag < 0 || flag > 1)
    throw new CommandError("ERR", "value is out of range, value must between 0 and 1");
}

function link(
  { broker, client, isInTransaction, reply }: CommandContext,
  argv: readonly Bytes[],
): void {
  const { standalone } = broker;
  if (standalone === undefined) throw NOT_HERE;
  const { nodeId, failoverOffset } = parseGreeting(argv);
  if (nodeId === broker.runId) throw FOLLOWS_ITSELF;
  // REPLCONF listening-port takes any number, as Redis does; but this one would be dialled in a failover.
  if (!isPort(client.announcedAddress?.port ?? 0)) throw BAD_PORT;
  const waits = client.isHeld || client.uncommitted?.isFree === false;
  if (isInTransaction || waits) throw PENDING_OUTPUT;
  if (failoverOffset !== undefined) {
    takeOver(standalone, { from: nodeId, offset: failoverOffset });
  } else if (standalone.followed !== undefined) {
    const { host, port } = standalone.followed.address;
    throw new CommandError("REDIRECT", `${host}:${port}`);
  }
  const { epoch, historyId } = standalone.leader;
  reply.simple(acceptingLine(broker.runId, epoch, historyId));
  // Before the first frame.
  client.spill();
  standalone.accept(nodeId, client);
}

function takeOver(
  standalone: StandaloneReplication,
  { from, offset }: { readonly from: string; readonly offset: number },
): void {
  // It did not hear of it, and asks again.
  if (standalone.tookOverFrom === from) return;
  if (standalone.role === "primary") throw FAILOVER_TO_PRIMARY;
  if (standalone.leaderId !== from) throw FAILOVER_TO_OTHER;
  if (standalone.logEnd < offset) throw FAILOVER_TOO_EARLY;
  standalone.takeOver();
}

function parseGreeting(argv: readonly Bytes[]): {
  readonly nodeId: string;
  readonly failoverOffset: number | undefined;
} {
  const [, sync = EMPTY, version, node = EMPTY, nodeId = EMPTY, failover, offset = EMPTY] = argv;
  if (version !== String(LINK_VERSION)) throw OTHER_VERSION;
  const isWhole = lower(sync) === SYNC_WORD && lower(node) === "slotcast-node" && argv.length <= 7;
  if (!isWhole || !/^[0-9a-f]{40}$/.test(nodeId)) throw BAD_GREETING;
  if (failover === undefined) return { nodeId: toText(nodeId), failoverOffset: undefined };
  const failoverOffset = parseInteger(offset);
  if (lower(failover) !== "slotcast-failover" || failoverOffset === undefined) throw BAD_GREETING;
  if (failoverOffset < 0) throw OUT_OF_RANGE_POSITIVE;
  return { nodeId: toText(nodeId), failoverOffset };
}
