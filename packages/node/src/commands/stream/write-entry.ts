import type { Bytes, ReplyWriter } from "@slotcast/protocol";
import { formatStreamId, type StreamId } from "@slotcast/store";

/** One entry as XRANGE and XREAD answer it: its id, and its fields and values in one flat array. */
export function writeEntry(reply: ReplyWriter, id: StreamId, fields: readonly Bytes[]): void {
  reply.array(2);
  reply.bulk(formatStreamId(id));
  reply.array(fields.length);
  for (const field of fields) reply.bulk(field);
}
