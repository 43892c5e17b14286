import type { Bytes } from "@slotcast/protocol";
import { parseStreamId, type StreamId } from "@slotcast/store";
import type { CommandContext } from "../handler.ts";

/** XACK key group id [id …]. Reply: how many of them were pending, and are not any more. */
export function xack(context: CommandContext, argv: readonly Bytes[]): void {
  const { keys, nowMs, reply } = context;
  const [, key, groupName] = argv as readonly [Bytes, Bytes, Bytes]; // arity
  const group = keys.readStream(key, nowMs)?.groups.get(groupName);
  if (group === undefined) {
    reply.integer(0);
    return;
  }
  // All ids first: one that is none must not leave half of them acknowledged.
  const ids: StreamId[] = [];
  for (let at = 3; at < argv.length; at += 1) ids.push(parseStreamId(argv[at] as Bytes, 0)); // below length
  let acknowledged = 0;
  for (const id of ids) if (group.acknowledge(id)) acknowledged += 1;
  if (acknowledged > 0) {
    keys.touchGroups(key);
    context.effects?.append(argv);
  }
  reply.integer(acknowledged);
}
