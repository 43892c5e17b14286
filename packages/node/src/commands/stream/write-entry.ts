import type { Bytes, ReplyWriter } from "@slotcast/protocol";
import { formatStreamId, type StreamId } from "@slotcast/store";
import type { FoundEntries } from "./read-entries.ts";

/** One entry as XRANGE and XREAD answer it: its id, and its fields and values in one flat array. */
export function writeEntry(reply: ReplyWriter, id: StreamId, fields: readonly Bytes[]): void {
  reply.array(2);
  writeIdAndFields(reply, id, fields);
}

/** The first two parts of an entry. Without `fields` it was deleted: a null. */
export function writeIdAndFields(
  reply: ReplyWriter,
  id: StreamId,
  fields: readonly Bytes[] | undefined,
): void {
  reply.bulk(formatStreamId(id));
  if (fields === undefined) {
    reply.nullArray();
    return;
  }
  reply.array(fields.length);
  for (const field of fields) reply.bulk(field);
}

/** An array of them. */
export function writeEntries(reply: ReplyWriter, { ids, fields }: FoundEntries): void {
  reply.array(ids.length);
  for (let index = 0; index < ids.length; index += 1) {
    writeEntry(reply, ids[index] as StreamId, fields[index] as readonly Bytes[]); // as many as each other
  }
}
