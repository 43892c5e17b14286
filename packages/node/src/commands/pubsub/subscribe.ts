import { ascii, CommandError, type Bytes } from "@slotcast/protocol";
import { Restriction, type Connection } from "../../connection.ts";
import type { Subscriptions } from "../../pubsub/cohort.ts";
import type { CommandContext, Handler } from "../handler.ts";
import { checkChannel } from "./check-channel.ts";
import { shardChannelCount, writeConfirmation, type Confirmation } from "./confirmation.ts";

/** What differs between classic channels, patterns and shard channels. */
interface Space {
  readonly kind: "channel" | "pattern" | "shardChannel";
  readonly subscribeWord: Bytes;
  readonly unsubscribeWord: Bytes;
  /** The number in a confirmation. Channels and patterns share a counter. */
  readonly count: (subscriptions: Subscriptions | undefined) => number;
}

const classicCount = (subscriptions: Subscriptions | undefined): number =>
  subscriptions === undefined ? 0 : subscriptions.channel.size + subscriptions.pattern.size;

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
const SSUBSCRIBE_IN_TRANSACTION = new CommandError(
  "ERR",
  "SSUBSCRIBE isn't allowed for a DENY BLOCKING client",
);

const SHARD_CHANNELS: Space = {
  kind: "shardChannel",
  subscribeWord: ascii("ssubscribe"),
  unsubscribeWord: ascii("sunsubscribe"),
  count: shardChannelCount,
};

const ssubscribeNow: Handler = makeSubscribe(SHARD_CHANNELS);

/** SUBSCRIBE channel [channel …]. Reply: one confirmation per argument, also for one subscribed before. */
export const subscribe: Handler = makeSubscribe(CHANNELS);
export const psubscribe: Handler = makeSubscribe(PATTERNS);
export const ssubscribe: Handler = (context, argv) => {
  // Redis' words, and its rule: the slot may leave before EXEC.
  if (context.isInTransaction) throw SSUBSCRIBE_IN_TRANSACTION;
  ssubscribeNow(context, argv);
};

/** UNSUBSCRIBE [channel …]. Without arguments: all; one confirmation each, or one with null when there was none. */
export const unsubscribe: Handler = makeUnsubscribe(CHANNELS);
export const punsubscribe: Handler = makeUnsubscribe(PATTERNS);
export const sunsubscribe: Handler = makeUnsubscribe(SHARD_CHANNELS);

function makeSubscribe(space: Space): Handler {
  return (context, argv) => {
    const { client, broker } = context;
    const names = argv.slice(1);
    for (const name of names) checkChannel(name);
    const counts: number[] = [];
    for (const name of names) {
      broker.hub.subscribe(client, space.kind, name);
      counts.push(countOf(client, space));
    }
    client.restrictions |= Restriction.subscribed;
    // Before the first confirmation: many of them are more than waits in one string.
    broker.interestGate?.hold(client);
    for (const [index, name] of names.entries()) {
      confirm(context, { word: space.subscribeWord, name, count: counts[index] ?? 0 });
    }
  };
}

function makeUnsubscribe(space: Space): Handler {
  return (context, argv) => {
    const { client, broker } = context;
    const names = argv.length > 1 ? argv.slice(1) : namesOf(client, space);
    for (const name of names) {
      broker.hub.unsubscribe(client, space.kind, name);
      confirm(context, { word: space.unsubscribeWord, name, count: countOf(client, space) });
    }
    if (names.length === 0) {
      const count = countOf(client, space);
      confirm(context, { word: space.unsubscribeWord, name: undefined, count });
    }
    if (client.subscriptions === undefined) client.restrictions &= ~Restriction.subscribed;
  };
}

function namesOf(client: Connection, space: Space): readonly Bytes[] {
  return [...(client.subscriptions?.[space.kind].keys() ?? [])];
}

function countOf({ subscriptions }: Connection, space: Space): number {
  return space.count(subscriptions);
}

function confirm(context: CommandContext, confirmation: Confirmation): void {
  const { client, reply } = context;
  // A confirmation is sent even after CLIENT REPLY OFF, as a push would be; in EXEC it is one of the replies.
  if (!context.isInTransaction) reply.to = client;
  writeConfirmation(reply, confirmation);
}
