import type { Bytes } from "@slotcast/protocol";
import type { CommandContext } from "../handler.ts";
import { checkChannel } from "./check-channel.ts";

/**
 * PUBLISH channel message. Reply: deliveries to clients of this node, other nodes' not counted (as Redis): the
 * message travels to them at the end of the turn, and without a cluster to replicas, as an effect.
 */
export function publish(context: CommandContext, argv: readonly Bytes[]): void {
  const [, channel, message] = argv as readonly [Bytes, Bytes, Bytes]; // arity
  checkChannel(channel);
  const { broker } = context;
  const receivers = broker.hub.publish("channel", channel, message);
  if (broker.cluster === undefined) context.effects?.append(argv);
  else broker.cluster.publish(channel, message);
  context.reply.integer(receivers);
}

/**
 * SPUBLISH shardchannel message, on any node of the slot's shard. Reply: deliveries to clients of this node: the message
 * travels to the others of the shard at the end of the turn, and without a cluster to replicas, as an effect.
 */
export function spublish(context: CommandContext, argv: readonly Bytes[]): void {
  const [, channel, message] = argv as readonly [Bytes, Bytes, Bytes]; // arity
  checkChannel(channel);
  const { broker } = context;
  const receivers = broker.hub.publish("shardChannel", channel, message);
  if (broker.cluster === undefined) context.effects?.append(argv);
  else broker.cluster.publishShard(channel, message);
  context.reply.integer(receivers);
}
