import { ascii, fromText } from "@slotcast/protocol";
import type { CommandContext } from "../handler.ts";
import { isReplica, primaryAddressOf, replicaAddressOf, replicationOf } from "./replication-of.ts";

/**
 * ROLE. Reply of a primary: `master`, its offset, and `[host, port, offset]` for each replica that is in step; of a
 * replica: `slave`, host, port, state of the link (`connect`, `sync`, `connected`), offset.
 * Source: Redis 7.0 src/replication.c, roleCommand.
 */
export function role(context: CommandContext): void {
  if (isReplica(context.broker)) writeReplica(context);
  else writePrimary(context);
}

function writePrimary({ broker, client, reply }: CommandContext): void {
  const { offset, replicas } = replicationOf(broker);
  const online = replicas.filter(({ state }) => state === "online");
  reply.array(3);
  reply.bulk(ascii("master"));
  reply.integer(offset);
  reply.array(online.length);
  for (const replica of online) {
    const { host, port } = replicaAddressOf(broker, replica.nodeId, client.listenerName);
    reply.array(3);
    reply.bulk(fromText(host));
    reply.bulk(ascii(`${port}`));
    reply.bulk(ascii(`${replica.offset}`));
  }
}

function writeReplica({ broker, client, reply }: CommandContext): void {
  const { host, port } = primaryAddressOf(broker, client.listenerName);
  const { link, offset } = replicationOf(broker);
  reply.array(5);
  reply.bulk(ascii("slave"));
  reply.bulk(fromText(host));
  reply.integer(port);
  reply.bulk(ascii(link.state));
  // Redis has none while the link is down.
  reply.integer(link.state === "connected" ? offset : -1);
}
