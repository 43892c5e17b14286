import { EMPTY } from "@slotcast/protocol";
import { Restriction } from "../../connection.ts";
import type { CommandContext } from "../handler.ts";
import { forgetAuthentication } from "./authentication.ts";
import { changeProtocol } from "./change-protocol.ts";

/**
 * RESET: the connection as it was when it was opened; only the library's name stays, and NO-EVICT. Subscriptions
 * end without confirmations. Source: Redis 7.0 src/networking.c, clearClientConnectionState.
 */
export function reset(context: CommandContext): void {
  const { client, broker } = context;
  broker.hub.unsubscribeAll(client);
  client.transaction = undefined;
  broker.watchedKeys.forget(client);
  broker.tracking.disable(client);
  broker.monitors.remove(client);
  changeProtocol(context, 2);
  // Replies that were off are on again, from this one; a CLIENT REPLY SKIP before it still swallows it.
  if ((client.restrictions & Restriction.muted) !== 0) client.reply.to = client;
  client.restrictions = 0;
  forgetAuthentication(client, broker.config.get("requirepass"));
  client.database = 0;
  client.name = EMPTY;
  client.readsReplica = false;
  client.durability = "default";
  client.noTouch = false;
  client.reply.simple("RESET");
}
