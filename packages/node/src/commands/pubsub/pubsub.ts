import { globMatches, type Bytes } from "@slotcast/protocol";
import type { CommandContext, Handler } from "../handler.ts";
import { makeHelp } from "../help.ts";
import { wrongSubcommandArity } from "../connection/wrong-subcommand-arity.ts";

/** PUBSUB CHANNELS [pattern]. Reply: channels with an exact subscriber on this node. */
export const pubsubChannels: Handler = makeChannels("channel");
export const pubsubShardchannels: Handler = makeChannels("shardChannel");

/** PUBSUB NUMSUB [channel …]. Reply: each channel and its exact subscribers on this node. */
export const pubsubNumsub: Handler = makeNumsub("channel");
export const pubsubShardnumsub: Handler = makeNumsub("shardChannel");

/** PUBSUB NUMPAT. Reply: how many different patterns somebody on this node is subscribed to. */
export function pubsubNumpat(context: CommandContext): void {
  context.reply.integer(context.broker.hub.nameCount("pattern"));
}

export const pubsubHelp: Handler = makeHelp("PUBSUB", [
  "CHANNELS [<pattern>]",
  "    Return the currently active channels matching a <pattern> (default: '*').",
  "NUMPAT",
  "    Return number of subscriptions to patterns.",
  "NUMSUB [<channel> ...]",
  "    Return the number of subscribers for the specified channels, excluding",
  "    pattern subscriptions(default: no channels).",
  "SHARDCHANNELS [<pattern>]",
  "    Return the currently active shard level channels matching a <pattern> (default: '*').",
  "SHARDNUMSUB [<shardchannel> ...]",
  "    Return the number of subscribers for the specified shard level channel(s)",
]);

function makeChannels(kind: "channel" | "shardChannel"): Handler {
  return ({ broker, reply }, argv) => {
    const [, , pattern] = argv;
    if (argv.length > 3) throw wrongSubcommandArity(argv);
    const all = [...broker.hub.names(kind)];
    const names = pattern === undefined ? all : all.filter((name) => globMatches(pattern, name));
    reply.array(names.length);
    for (const name of names) reply.bulk(name);
  };
}

function makeNumsub(kind: "channel" | "shardChannel"): Handler {
  return ({ broker, reply }, argv) => {
    const names: readonly Bytes[] = argv.slice(2);
    reply.array(names.length * 2);
    for (const name of names) {
      reply.bulk(name);
      reply.integer(broker.hub.subscribersOf(kind, name));
    }
  };
}
