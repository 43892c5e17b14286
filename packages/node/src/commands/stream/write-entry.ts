import {
  bulkHead,
  nextBulkHead,
  REPLY_STRING_CHARS_MAX,
  type Bytes,
  type ReplyWriter,
} from "@slotcast/protocol";
import type { StreamId } from "@slotcast/store";
import type { FoundEntries } from "./read-entries.ts";

/** A field or value up to here joins what stands before it. */
const SHORT_CHARS_MAX = 8;

/** One entry as XRANGE and XREAD answer it: its id, and its fields and values in one flat array. */
export function writeEntry(reply: ReplyWriter, id: StreamId, fields: readonly Bytes[]): void {
  writeParts(reply, { id, fields }, 2);
}

/**
 * An entry as an array of so many parts, of which the caller owes those behind the first two: its id, and its fields and
 * values. Without `fields` it was deleted: a null.
 *
 * Cost: what V8 puts together when the reply is sent are a third fewer pieces than of `array` and `bulk`, each 30 ns.
 */
export function writeParts(
  reply: ReplyWriter,
  { id, fields }: { readonly id: StreamId; readonly fields: readonly Bytes[] | undefined },
  parts: 2 | 4,
): void {
  const ms = String(id.ms);
  const seq = String(id.seq);
  let text = `*${parts}\r\n${bulkHead(ms.length + 1 + seq.length)}${ms}`;
  if (fields === undefined) {
    reply.raw(`${text}-${seq}\r\n`);
    reply.nullArray();
    return;
  }
  let piece = `-${seq}\r\n*${fields.length}`;
  for (const field of fields) {
    piece += nextBulkHead(field.length);
    if (field.length <= SHORT_CHARS_MAX && piece.length <= REPLY_STRING_CHARS_MAX) {
      piece += field;
      continue;
    }
    text += piece;
    piece = "";
    if (text.length + field.length <= REPLY_STRING_CHARS_MAX) {
      text += field;
    } else {
      reply.raw(text);
      reply.raw(field);
      text = "";
    }
  }
  reply.raw(`${text}${piece}\r\n`);
}

/** An array of them. */
export function writeEntries(reply: ReplyWriter, { ids, fields }: FoundEntries): void {
  reply.array(ids.length);
  for (let index = 0; index < ids.length; index += 1) {
    writeEntry(reply, ids[index] as StreamId, fields[index] as readonly Bytes[]); // as many as each other
  }
}
