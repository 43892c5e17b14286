import type { Bytes, ReplyWriter } from "@slotcast/protocol";
import type { Subscriptions } from "../../pubsub/cohort.ts";

/** What a subscriber is told when one of its sets of names has changed, or was to be. */
export interface Confirmation {
  readonly word: Bytes;
  /** `undefined`: there was nothing to unsubscribe from. */
  readonly name: Bytes | undefined;
  /** Of the names that are left; channels and patterns share a counter. */
  readonly count: number;
}

export function writeConfirmation(reply: ReplyWriter, { word, name, count }: Confirmation): void {
  reply.push(3);
  reply.bulk(word);
  if (name === undefined) reply.nullBulk();
  else reply.bulk(name);
  reply.integer(count);
}

export function shardChannelCount(subscriptions: Subscriptions | undefined): number {
  return subscriptions?.shardChannel.size ?? 0;
}
