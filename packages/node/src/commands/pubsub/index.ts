import type { PUBSUB_COMMANDS, HandledNameOf } from "@slotcast/protocol";
import type { Handler } from "../handler.ts";
import { publish, spublish } from "./publish.ts";
import {
  pubsubChannels,
  pubsubHelp,
  pubsubNumpat,
  pubsubNumsub,
  pubsubShardchannels,
  pubsubShardnumsub,
} from "./pubsub.ts";
import {
  psubscribe,
  punsubscribe,
  ssubscribe,
  subscribe,
  sunsubscribe,
  unsubscribe,
} from "./subscribe.ts";

export const PUBSUB_HANDLERS: Readonly<Record<HandledNameOf<typeof PUBSUB_COMMANDS>, Handler>> = {
  psubscribe,
  publish,
  "pubsub|channels": pubsubChannels,
  "pubsub|help": pubsubHelp,
  "pubsub|numpat": pubsubNumpat,
  "pubsub|numsub": pubsubNumsub,
  "pubsub|shardchannels": pubsubShardchannels,
  "pubsub|shardnumsub": pubsubShardnumsub,
  punsubscribe,
  spublish,
  ssubscribe,
  subscribe,
  sunsubscribe,
  unsubscribe,
};
