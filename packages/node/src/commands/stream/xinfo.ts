import { ascii, CommandError, type Bytes, type ReplyWriter } from "@slotcast/protocol";
import { formatStreamId, lagOf, type ConsumerGroup, type Stream } from "@slotcast/store";
import type { CommandContext } from "../handler.ts";
import { makeHelp } from "../help.ts";
import { noGroup } from "./group-lookup.ts";
import { writePolicy } from "./write-policy.ts";

const NO_SUCH_KEY = new CommandError("ERR", "no such key");

/**
 * XINFO GROUPS key. Reply: a map for each group, by name. `lag` is exact, and never null. `policy` is ours, and
 * there when one is set.
 */
export function xinfoGroups(context: CommandContext, argv: readonly Bytes[]): void {
  const { reply } = context;
  const stream = streamToShow(context, argv);
  const groups = stream.groups.named();
  reply.array(groups.length);
  for (const [name, group] of groups) {
    reply.map(group.policy === undefined ? 6 : 7);
    field(reply, "name").bulk(name);
    field(reply, "consumers").integer(group.consumerCount);
    field(reply, "pending").integer(group.pendingCount);
    writeProgress(reply, stream, group);
    if (group.policy !== undefined) writePolicy(field(reply, "policy"), group.policy);
  }
}

/**
 * XINFO CONSUMERS key group. Reply: a map for each consumer, by name: `idle` is the time since it last asked for
 * something, `inactive` since it last got something (-1: never), in milliseconds.
 */
export function xinfoConsumers(context: CommandContext, argv: readonly Bytes[]): void {
  const { reply, nowMs } = context;
  const [, , key, groupName] = argv as readonly [Bytes, Bytes, Bytes, Bytes]; // arity
  const group = streamToShow(context, argv).groups.get(groupName);
  if (group === undefined) throw noGroup("of-key", key, groupName);
  const consumers = group.consumers();
  reply.array(consumers.length);
  for (const { name, pendingCount, seenTimeMs, activeTimeMs } of consumers) {
    reply.map(4);
    field(reply, "name").bulk(name);
    field(reply, "pending").integer(pendingCount);
    field(reply, "idle").integer(Math.max(nowMs - seenTimeMs, 0));
    const inactiveMs = activeTimeMs === undefined ? -1 : Math.max(nowMs - activeTimeMs, 0);
    field(reply, "inactive").integer(inactiveMs);
  }
}

export const xinfoHelp = makeHelp("XINFO", [
  "CONSUMERS <key> <groupname>",
  "    Show consumers of <groupname>.",
  "GROUPS <key>",
  "    Show the stream consumer groups.",
  "STREAM <key> [FULL [COUNT <count>]",
  "    Show information about the stream.",
]);

/** Throws when there is none, or another type. */
export function streamToShow({ keys, nowMs }: CommandContext, argv: readonly Bytes[]): Stream {
  const stream = keys.readStream(argv[2] as Bytes, nowMs); // arity
  if (stream === undefined) throw NO_SUCH_KEY;
  return stream;
}

/** Writes the name; its value is to follow. */
export function field(reply: ReplyWriter, name: string): ReplyWriter {
  reply.bulk(ascii(name));
  return reply;
}

/** Three fields that GROUPS and STREAM FULL share. */
export function writeProgress(reply: ReplyWriter, stream: Stream, group: ConsumerGroup): void {
  field(reply, "last-delivered-id").bulk(formatStreamId(group.lastDeliveredId));
  field(reply, "entries-read");
  if (group.entriesRead === undefined) reply.nullBulk();
  else reply.integer(group.entriesRead);
  field(reply, "lag").integer(lagOf(group, stream));
}
