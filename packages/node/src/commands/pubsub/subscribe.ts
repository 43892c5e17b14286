import { ascii, type Bytes } from "@slotcast/protocol";
import { Restriction, type Connection } from "../../connection.ts";
import type { Subscriptions } from "../../pubsub/cohort.ts";
import type { CommandContext, Handler } from "../handler.ts";

/** What differs between classic channels, patterns and shard channels. */
interface Space {
  readonly kind: "channel" | "pattern" | "shardChannel";
  readonly subscribeWord: Bytes;
  readonly unsubscribeWord: Bytes;
  /** The number in a confirmation. Channels and patterns share a counter. */
  readonly count: (subscriptions: Subscriptions) => number;
}

const classicCount = ({ channel, pattern }: Subscriptions): number => channel.size + pattern.size;

const CHANNELS: Space = {
  kind: "channel",
  subscribeWord: ascii("subscribe"),
  unsubscribeWord: ascii("unsubscribe"),
  count: classicCount,
};
const PATTERNS: Space = {
  kind: "pattern",
  subscribeWord: ascii("psubscribe"),
  unsubscribeWord: ascii("punsubscribe"),
  count: classicCount,
};
const SHARD_CHANNELS: Space = {
  kind: "shardChannel",
  subscribeWord: ascii("ssubscribe"),
  unsubscribeWord: ascii("sunsubscribe"),
  count: ({ shardChannel }) => shardChannel.size,
};

/** SUBSCRIBE channel [channel …]. Reply: one confirmation per argument, also for one subscribed before. */
export const subscribe: Handler = makeSubscribe(CHANNELS);
export const psubscribe: Handler = makeSubscribe(PATTERNS);
export const ssubscribe: Handler = makeSubscribe(SHARD_CHANNELS);

/** UNSUBSCRIBE [channel …]. Without arguments: all; one confirmation each, or one with null when there was none. */
export const unsubscribe: Handler = makeUnsubscribe(CHANNELS);
export const punsubscribe: Handler = makeUnsubscribe(PATTERNS);
export const sunsubscribe: Handler = makeUnsubscribe(SHARD_CHANNELS);

function makeSubscribe(space: Space): Handler {
  return (context, argv) => {
    const { client, broker } = context;
    for (let index = 1; index < argv.length; index += 1) {
      const name = argv[index] as Bytes; // below length
      broker.hub.subscribe(client, space.kind, name);
      confirm(context, space, { word: space.subscribeWord, name });
    }
    client.restrictions |= Restriction.subscribed;
    broker.interestGate?.hold(client);
  };
}

function makeUnsubscribe(space: Space): Handler {
  return (context, argv) => {
    const { client, broker } = context;
    const names = argv.length > 1 ? argv.slice(1) : namesOf(client, space);
    for (const name of names) {
      broker.hub.unsubscribe(client, space.kind, name);
      confirm(context, space, { word: space.unsubscribeWord, name });
    }
    if (names.length === 0)
      confirm(context, space, { word: space.unsubscribeWord, name: undefined });
    if (client.subscriptions === undefined) client.restrictions &= ~Restriction.subscribed;
  };
}

function namesOf(client: Connection, space: Space): readonly Bytes[] {
  return [...(client.subscriptions?.[space.kind].keys() ?? [])];
}

function confirm(
  { client, reply }: CommandContext,
  space: Space,
  { word, name }: { readonly word: Bytes; readonly name: Bytes | undefined },
): void {
  // A confirmation is sent even after CLIENT REPLY OFF, as a push would be.
  reply.to = client;
  reply.push(3);
  reply.bulk(word);
  if (name === undefined) reply.nullBulk();
  else reply.bulk(name);
  reply.integer(client.subscriptions === undefined ? 0 : space.count(client.subscriptions));
}
