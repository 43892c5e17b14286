import type { CommandContext } from "../handler.ts";

/** From here on the connection is answered in this protocol, this very request included: use `client.reply`. */
export function changeProtocol({ client, broker, reply }: CommandContext, protocol: 2 | 3): void {
  if (client.protocol === protocol) return;
  broker.hub.changeProtocol(client, () => {
    client.protocol = protocol;
  });
  // Not simply the client: its replies may be turned off.
  client.reply.to = reply.to;
}
