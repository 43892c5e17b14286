import type { Bytes } from "@slotcast/protocol";
import { dropReferences, isNeeded, type Stream, type StreamId } from "@slotcast/store";
import type { CommandContext } from "../handler.ts";
import { parseIdBlock, parseIds, type IdBlock } from "./id-block.ts";

/** What XDELEX and XACKDEL say of an id. */
export const DELETED = 1;
export const STILL_NEEDED = 2;
export const NO_SUCH_ENTRY = -1;

/**
 * XDELEX key [KEEPREF | DELREF | ACKED] IDS numids id [id …]
 *
 * Reply: for each id 1 when it was deleted, 2 when a group needs it still (ACKED), -1 when there is none.
 * Source: Redis 8.2 (documentation).
 */
export function xdelex(context: CommandContext, argv: readonly Bytes[]): void {
  const { keys, nowMs, reply } = context;
  const [, key] = argv as readonly [Bytes, Bytes]; // arity
  const { references, idTexts } = parseIdBlock(argv, 2);
  const stream = keys.peekStream(key, nowMs);
  if (stream === undefined) {
    writeNone(context, idTexts.length);
    return;
  }
  const { length } = stream;
  let isChanged = false;
  const outcomes = parseIds(idTexts).map((id) => {
    const outcome = deleteEntry(stream, id, references);
    if (outcome === DELETED) isChanged = true;
    // Also of an entry that was gone: what groups know of it is what DELREF is for.
    if (references === "delref" && dropReferences(stream.groups, id)) isChanged = true;
    return outcome;
  });
  if (isChanged) keys.touch(key);
  if (stream.length < length) context.notify("stream", "xdel", key);
  if (isChanged) context.effects?.append(argv);
  reply.array(outcomes.length);
  for (const outcome of outcomes) reply.integer(outcome);
}

/** There is no such stream or group. */
export function writeNone({ reply }: CommandContext, count: number): void {
  reply.array(count);
  for (let index = 0; index < count; index += 1) reply.integer(NO_SUCH_ENTRY);
}

function deleteEntry(stream: Stream, id: StreamId, references: IdBlock["references"]): number {
  if (references === "acked" && isNeeded(stream.groups, id)) {
    return stream.find(id) === undefined ? NO_SUCH_ENTRY : STILL_NEEDED;
  }
  return stream.delete(id) ? DELETED : NO_SUCH_ENTRY;
}
