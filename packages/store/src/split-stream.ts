import type { Bytes } from "@slotcast/protocol";
import { ByteReader } from "./byte-reader.ts";
import { ByteWriter } from "./byte-writer.ts";
import { readGroups, writeGroups } from "./consumer-group-codec.ts";
import { Idempotence } from "./idempotence.ts";
import { STREAM_ID_MIN, type StreamId } from "./stream-id.ts";
import { Stream } from "./stream.ts";

/** A message that a producer sent, and the entry that it became. */
export interface RecordedMessage {
  readonly producer: Bytes;
  readonly message: Bytes;
  readonly id: StreamId;
}

/**
 * What a stream has besides its entries, for one that is too large for one payload: its consumer groups, in a stream
 * that was never written to, and the messages of its producers whose entries are still there.
 *
 * Adding the entries, recording the messages and setting the progress (XADD, XIDMPRECORD, XSETID) makes the stream
 * again, but for messages whose entry was deleted: if they are sent once more, they count as new.
 */
export function splitStream(stream: Stream): {
  readonly empty: Stream;
  readonly messages: readonly RecordedMessage[];
} {
  const { idempotenceParts } = stream;
  const messages: RecordedMessage[] = [];
  for (const [producer, window] of idempotenceParts?.windows ?? []) {
    for (const [message, id] of window) {
      if (stream.find(id) !== undefined) messages.push({ producer, message, id });
    }
  }
  const empty = Stream.from(stream.limits, {
    nodes: [],
    lastId: STREAM_ID_MIN,
    maxDeletedId: STREAM_ID_MIN,
    entriesAdded: 0,
    idempotence:
      idempotenceParts &&
      Idempotence.from({
        ...idempotenceParts,
        windows: new Map(),
        // Each of them will be counted when it is recorded.
        added: idempotenceParts.added - messages.length,
      }),
  });
  const writer = new ByteWriter();
  writeGroups(writer, stream.groups);
  readGroups(new ByteReader(writer.text(0, writer.length)), empty.groups);
  return { empty, messages };
}
