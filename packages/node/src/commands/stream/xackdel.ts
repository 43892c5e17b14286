import type { Bytes } from "@slotcast/protocol";
import { dropReferences, isNeeded } from "@slotcast/store";
import type { CommandContext } from "../handler.ts";
import { parseIdBlock, parseIds } from "./id-block.ts";
import { DELETED, NO_SUCH_ENTRY, STILL_NEEDED, writeNone } from "./xdelex.ts";

/**
 * XACKDEL key group [KEEPREF | DELREF | ACKED] IDS numids id [id …]
 *
 * Reply: for each id 1 when it was acknowledged and is gone, 2 when it was acknowledged and another group needs
 * it still (ACKED), -1 when it was not pending in this group. Source: Redis 8.2 (documentation).
 */
export function xackdel(context: CommandContext, argv: readonly Bytes[]): void {
  const { keys, nowMs, reply } = context;
  const [, key, groupName] = argv as readonly [Bytes, Bytes, Bytes]; // arity
  const { references, idTexts } = parseIdBlock(argv, 3);
  const stream = keys.peekStream(key, nowMs);
  const group = stream?.groups.get(groupName);
  if (stream === undefined || group === undefined) {
    writeNone(context, idTexts.length);
    return;
  }
  const { length } = stream;
  let isChanged = false;
  const outcomes = parseIds(idTexts).map((id) => {
    if (!group.acknowledge(id)) return NO_SUCH_ENTRY;
    isChanged = true;
    if (references === "acked" && isNeeded(stream.groups, id)) return STILL_NEEDED;
    if (references === "delref") dropReferences(stream.groups, id);
    stream.delete(id);
    return DELETED;
  });
  if (isChanged) keys.touch(key);
  if (stream.length < length) context.notify("stream", "xdel", key);
  if (isChanged) context.effects?.append(argv);
  reply.array(outcomes.length);
  for (const outcome of outcomes) reply.integer(outcome);
}
