import { ascii, hashSlot, type Bytes } from "@slotcast/protocol";
import type { Broker } from "../../broker.ts";
import { Restriction, type Connection } from "../../connection.ts";
import type { Hub } from "../../pubsub/hub.ts";
import { shardChannelCount, writeConfirmation } from "./confirmation.ts";

const SUNSUBSCRIBE = ascii("sunsubscribe");

/**
 * Ends subscriptions to shard channels whose slot another shard has now, or nobody: their subscribers are told, as if
 * they had asked for it, and keep their connection. Cost without shard channels: nothing; else a walk over them, and
 * over all clients and their shard channels when some have to go.
 *
 * Source: Redis 7.2 src/cluster.c, removeChannelsInSlot and removeAllNotOwnedShardChannelSubscriptions.
 */
export function leaveShardChannels({ cluster, hub, clients }: Broker): void {
  if (cluster === undefined || hub.nameCount("shardChannel") === 0) return;
  const names = [...hub.names("shardChannel")];
  const gone = new Set(names.filter((name) => !cluster.view.isOfOwnShard(hashSlot(name))));
  if (gone.size === 0) return;
  for (const client of clients.all()) {
    const own = [...(client.subscriptions?.shardChannel.keys() ?? [])];
    for (const name of own) if (gone.has(name)) leave(hub, client, name);
  }
}

function leave(hub: Hub, client: Connection, name: Bytes): void {
  hub.unsubscribe(client, "shardChannel", name);
  if (client.subscriptions === undefined) client.restrictions &= ~Restriction.subscribed;
  if (client.isClosing) return;
  // Behind the messages that it is owed, and sent also after CLIENT REPLY OFF.
  const { reply } = client;
  reply.to = client;
  const count = shardChannelCount(client.subscriptions);
  writeConfirmation(reply, { word: SUNSUBSCRIBE, name, count });
  client.markDirty();
}
