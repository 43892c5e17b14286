import { ascii, CommandError, type Bytes } from "@slotcast/protocol";
import type { Consumer, ConsumerGroup, Stream } from "@slotcast/store";
import type { CommandContext } from "../handler.ts";

const XGROUP = ascii("XGROUP");
const CREATECONSUMER = ascii("CREATECONSUMER");

/** A group, and the stream that it reads. */
export interface StreamGroup {
  readonly stream: Stream;
  readonly group: ConsumerGroup;
}

/** Redis' words for a group that is missing differ by command. */
const NO_GROUP = {
  /** XPENDING, XCLAIM, XAUTOCLAIM, XNACK. */
  short: (key: Bytes, group: Bytes): string => `No such key '${key}' or consumer group '${group}'`,
  xreadgroup: (key: Bytes, group: Bytes): string =>
    `No such key '${key}' or consumer group '${group}' in XREADGROUP with GROUP option`,
  /** XGROUP and XINFO CONSUMERS, where the key is there. */
  "of-key": (key: Bytes, group: Bytes): string =>
    `No such consumer group '${group}' for key name '${key}'`,
} as const;

export function noGroup(wording: keyof typeof NO_GROUP, key: Bytes, group: Bytes): CommandError {
  return new CommandError("NOGROUP", NO_GROUP[wording](key, group));
}

/** Throws NOGROUP when the key or the group is missing, and WRONGTYPE. */
export function groupAt({ keys, nowMs }: CommandContext, key: Bytes, name: Bytes): StreamGroup {
  const stream = keys.peekStream(key, nowMs);
  const group = stream?.groups.get(name);
  if (stream === undefined || group === undefined) throw noGroup("short", key, name);
  return { stream, group };
}

/** As `groupAt`, for commands that only look. */
export function readGroupAt({ keys, nowMs }: CommandContext, key: Bytes, name: Bytes): StreamGroup {
  const stream = keys.readStream(key, nowMs);
  const group = stream?.groups.get(name);
  if (stream === undefined || group === undefined) throw noGroup("short", key, name);
  return { stream, group };
}

/** Where a consumer is asked for. */
export interface ConsumerAddress {
  readonly key: Bytes;
  readonly groupName: Bytes;
  readonly name: Bytes;
}

/** The consumer, made when it is not there: who asks for entries exists, whether or not there are some. */
export function consumerSeen(
  context: CommandContext,
  group: ConsumerGroup,
  { key, groupName, name }: ConsumerAddress,
): Consumer {
  const { nowMs } = context;
  const existing = group.consumer(name);
  if (existing !== undefined) {
    existing.seenTimeMs = nowMs;
    return existing;
  }
  return createConsumer(context, group, { key, groupName, name });
}

/** The name must be free. */
export function createConsumer(
  context: CommandContext,
  group: ConsumerGroup,
  { key, groupName, name }: ConsumerAddress,
): Consumer {
  const consumer = group.createConsumer(name, context.nowMs);
  context.keys.touchGroups(key);
  context.notify("stream", "xgroup-createconsumer", key);
  context.effects?.append([XGROUP, CREATECONSUMER, key, groupName, name]);
  return consumer;
}
