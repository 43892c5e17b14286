import { CommandError } from "@slotcast/protocol";
import type { CommandContext } from "../handler.ts";

const NO_CLUSTER = new CommandError("ERR", "This instance has cluster support disabled");

/** READONLY: this connection may read from a replica. Without a cluster only those need it that follow redirects. */
export function readonly({ client, broker, reply }: CommandContext): void {
  if (broker.cluster === undefined && !client.followsRedirects) throw NO_CLUSTER;
  client.readsReplica = true;
  reply.ok();
}

/** READWRITE: undoes READONLY. */
export function readwrite({ client, broker, reply }: CommandContext): void {
  if (broker.cluster === undefined && !client.followsRedirects) throw NO_CLUSTER;
  client.readsReplica = false;
  reply.ok();
}

/** ASKING: allows the next request into a slot that is arriving. Slots move whole here, so it changes nothing. */
export function asking({ broker, reply }: CommandContext): void {
  if (broker.cluster === undefined) throw NO_CLUSTER;
  reply.ok();
}
