import type { Bytes } from "@slotcast/protocol";
import type { CommandContext } from "../handler.ts";
import { checkChannel } from "./check-channel.ts";

/**
 * PUBLISH channel message. Reply: deliveries to clients of this node, other nodes' not counted (as Redis): the
 * message travels to them at the end of the turn.
 */
export function publish(context: CommandContext, argv: readonly Bytes[]): void {
  const [, channel, message] = argv as readonly [Bytes, Bytes, Bytes]; // arity
  checkChannel(channel);
  const { broker } = context;
  const receivers = broker.hub.publish("channel", channel, message);
  broker.cluster?.publish(channel, message);
  context.reply.integer(receivers);
}

/** SPUBLISH shardchannel message. Reply: deliveries; the channel's slot is ours, so nobody else has subscribers. */
export function spublish(context: CommandContext, argv: readonly Bytes[]): void {
  const [, channel, message] = argv as readonly [Bytes, Bytes, Bytes]; // arity
  checkChannel(channel);
  context.reply.integer(context.broker.hub.publish("shardChannel", channel, message));
}
