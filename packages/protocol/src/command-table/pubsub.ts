import type { CommandSpec } from "../command-spec.ts";
import {
  allChannels,
  anytime,
  firstChannel,
  none,
  publisher,
  subscriber,
  subscribers,
} from "./row-parts.ts";

/** Pub/sub: classic channels go to every node, shard channels route to one slot like keys. Rows of the command table: see command-table.ts. */
// prettier-ignore
export const PUBSUB_COMMANDS = {
  subscribe:              { arity: -2, flags: subscriber, categories: none, tips: none, keySpecs: none, channels: { kind: "channel", action: "subscribe", which: "all" } },
  unsubscribe:            { arity: -1, flags: subscriber, categories: none, tips: none, keySpecs: none, channels: { kind: "channel", action: "unsubscribe", which: "all" } },
  psubscribe:             { arity: -2, flags: subscriber, categories: none, tips: none, keySpecs: none, channels: { kind: "pattern", action: "subscribe", which: "all" } },
  punsubscribe:           { arity: -1, flags: subscriber, categories: none, tips: none, keySpecs: none, channels: { kind: "pattern", action: "unsubscribe", which: "all" } },
  publish:                { arity: 3, flags: publisher, categories: none, tips: none, keySpecs: none, channels: { kind: "channel", action: "publish", which: "first" } },
  ssubscribe:             { arity: -2, flags: subscriber, categories: none, tips: none, keySpecs: allChannels, channels: { kind: "shardChannel", action: "subscribe", which: "all" } },
  sunsubscribe:           { arity: -1, flags: subscriber, categories: none, tips: none, keySpecs: allChannels, channels: { kind: "shardChannel", action: "unsubscribe", which: "all" } },
  spublish:               { arity: 3, flags: publisher, categories: none, tips: none, keySpecs: firstChannel, channels: { kind: "shardChannel", action: "publish", which: "first" } },
  pubsub:                 { arity: -2, flags: none, categories: none, tips: none, keySpecs: none, container: true },
  "pubsub|channels":      { arity: -2, flags: subscribers, categories: none, tips: none, keySpecs: none },
  "pubsub|numsub":        { arity: -2, flags: subscribers, categories: none, tips: none, keySpecs: none },
  "pubsub|numpat":        { arity: 2, flags: subscribers, categories: none, tips: none, keySpecs: none },
  "pubsub|shardchannels": { arity: -2, flags: subscribers, categories: none, tips: none, keySpecs: none },
  "pubsub|shardnumsub":   { arity: -2, flags: subscribers, categories: none, tips: none, keySpecs: none },
  "pubsub|help":          { arity: 2, flags: anytime, categories: none, tips: none, keySpecs: none },
} as const satisfies Record<string, CommandSpec>;
