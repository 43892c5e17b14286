import { own } from "@slotcast/protocol";
import { MalformedBytes, type ByteReader } from "./byte-reader.ts";
import { VARINT_BYTES_MAX, type ByteWriter } from "./byte-writer.ts";
import type { Value } from "./key-table.ts";
import { readList, writeList } from "./list-codec.ts";
import { List } from "./list.ts";
import type { MemberSetOptions } from "./member-set.ts";
import type { StreamNodeLimits } from "./open-node.ts";
import { readSet, writeSet } from "./set-codec.ts";
import { cloneStream, readStream, writeStream } from "./stream-codec.ts";
import { Stream } from "./stream.ts";

/** What kind of value follows. Wire and disk format: add, never renumber. */
const ValueKind = { string: 1, list: 2, set: 3, stream: 4 } as const;

/** What values need that is no part of them: shared by all of a node. See Stream and MemberSet. */
export interface ValueSurroundings {
  readonly streamNodeLimits: StreamNodeLimits;
  readonly memberSetOptions: MemberSetOptions;
}

/**
 * A value of any type in bytes: its kind, then what its type's own codec writes (docs/dump-format.md). The key, the
 * expiry and a checksum are the caller's: DUMP, a snapshot and a moving slot frame it differently.
 *
 * Cost: O(bytes). Throws RangeError when the writer may not grow so far.
 */
export function writeValue(writer: ByteWriter, value: Value): void {
  writer.reserve(1);
  if (typeof value === "string") {
    writer.byte(ValueKind.string);
    writer.reserve(VARINT_BYTES_MAX + value.length);
    writer.string(value);
  } else if (value instanceof List) {
    writer.byte(ValueKind.list);
    writeList(writer, value);
  } else if (value instanceof Stream) {
    writer.byte(ValueKind.stream);
    writeStream(writer, value);
  } else {
    writer.byte(ValueKind.set);
    writeSet(writer, value);
  }
}

/** Bytes are copied. Throws MalformedBytes for what `writeValue` cannot have written; nothing outlives it then. */
export function readValue(reader: ByteReader, surroundings: ValueSurroundings): Value {
  const kind = reader.byte();
  switch (kind) {
    case ValueKind.string:
      return own(reader.string());
    case ValueKind.list:
      return readList(reader);
    case ValueKind.set:
      return readSet(reader, surroundings.memberSetOptions);
    case ValueKind.stream:
      return readStream(reader, surroundings.streamNodeLimits);
    default:
      throw new MalformedBytes(`no kind of value: ${kind}`);
  }
}

/** A deep copy: changing the one does not change the other. Immutable parts are shared. */
export function cloneValue(value: Value): Value {
  if (typeof value === "string") return value;
  return value instanceof Stream ? cloneStream(value) : value.clone();
}
