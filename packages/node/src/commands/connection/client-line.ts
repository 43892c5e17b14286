import type { Broker } from "../../broker.ts";
import { unsentBytes } from "../../direct-write.ts";
import type { Connection } from "../../connection.ts";
import { connectionBytes } from "../../memory/client-memory.ts";
import { DEFAULT_USER } from "./authentication.ts";
import { clientFlags } from "./client-flags.ts";

/**
 * One client as CLIENT LIST and CLIENT INFO show it, without a line break. The fields and their order are those of
 * Redis 7.0 (src/networking.c, catClientInfoString), with `watch` of 7.4 and `capa` of Valkey 8.0, then lib-name and
 * lib-ver of 7.2 and the totals of 8.2.
 *
 * `fd` is -1: Node does not tell. Buffers that Redis reserves and we do not have (qbuf-free, argv-mem, rbs,
 * rbp, oll) are 0; `omem` is what waits in the socket's queue.
 */
export function clientLine(broker: Broker, connection: Connection, nowMs: number): string {
  const { subscriptions, socket } = connection;
  const queryBytes = connection.decoder.bufferedBytes;
  const fields = {
    id: connection.id,
    addr: connection.address,
    laddr: connection.localAddress,
    fd: -1,
    name: connection.name,
    age: secondsBetween(connection.createdMs, nowMs),
    idle: secondsBetween(connection.lastActiveMs, nowMs),
    flags: clientFlags(broker, connection),
    capa: connection.followsRedirects ? "r" : "",
    db: connection.database,
    sub: subscriptions?.channel.size ?? 0,
    psub: subscriptions?.pattern.size ?? 0,
    ssub: subscriptions?.shardChannel.size ?? 0,
    multi: connection.transaction?.queue.length ?? -1,
    watch: broker.watchedKeys.countOf(connection),
    qbuf: queryBytes,
    "qbuf-free": 0,
    "argv-mem": 0,
    "multi-mem": connection.transaction?.sizeBytes ?? 0,
    rbs: 0,
    rbp: 0,
    obl: connection.out.length,
    oll: 0,
    omem: unsentBytes(socket),
    "tot-mem": connectionBytes(connection),
    events: unsentBytes(socket) > 0 ? "rw" : "r",
    cmd: connection.lastCommand,
    user: DEFAULT_USER,
    redir: connection.tracking?.redirectTo ?? -1,
    resp: connection.protocol,
    "lib-name": connection.libraryName,
    "lib-ver": connection.libraryVersion,
    "tot-net-in": socket.bytesRead,
    "tot-net-out": socket.bytesWritten,
    "tot-cmds": connection.commandCount,
  };
  return Object.entries(fields)
    .map(([name, value]) => `${name}=${value}`)
    .join(" ");
}

function secondsBetween(startMs: number, endMs: number): number {
  return Math.max(0, Math.floor((endMs - startMs) / 1000));
}
