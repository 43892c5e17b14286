import { own } from "@slotcast/protocol";
import { ByteReader, MalformedBytes } from "./byte-reader.ts";
import { U64_VARINT_BYTES_MAX, VARINT_BYTES_MAX, type ByteWriter } from "./byte-writer.ts";
import { STREAM_NODE_BYTES_CEILING } from "./limits.ts";
import { PackedNode } from "./packed-node.ts";
import { SAME_NAMES, WIDE_ID } from "./stream-entries.ts";
import { compareStreamIds, type StreamId } from "./stream-id.ts";

/**
 * A node that was read with more text than this takes no further entry, whatever its listpack size claims: a node is
 * one string, and V8 ends strings at 512 MB. Ours are that large only with `stream-node-max-bytes 0`.
 */
const GROWING_TEXT_BYTES_MAX = STREAM_NODE_BYTES_CEILING / 2;

export function writeStreamId(writer: ByteWriter, { ms, seq }: StreamId): void {
  writer.reserve(2 * U64_VARINT_BYTES_MAX);
  writer.u64(ms);
  writer.u64(seq);
}

export function readStreamId(reader: ByteReader): StreamId {
  return { ms: reader.u64(), seq: reader.u64() };
}

/** A node in bytes: first and last id, deleted entries, listpack size, and its text as it stands in memory. */
export function writeNode(writer: ByteWriter, node: PackedNode): void {
  const text = node.text();
  writeStreamId(writer, node.firstId);
  writeStreamId(writer, node.lastId);
  writer.reserve(3 * VARINT_BYTES_MAX + text.length);
  writer.varint(node.deleted);
  writer.varint(node.listpackBytes);
  writer.varint(text.length);
  writer.bytes(text);
}

/** Throws MalformedBytes: a node that was made can be read without looking. */
export function readNode(reader: ByteReader): PackedNode {
  const firstId = readStreamId(reader);
  const lastId = readStreamId(reader);
  const deleted = reader.varint();
  const claimedBytes = reader.varint();
  const text = own(reader.string());
  const { oldest, newest, length } = checkNodeText(new ByteReader(text), firstId);
  const isUntouched = deleted === 0;
  // First and last are the ids of entries as long as none was deleted.
  const fits =
    oldest === undefined || newest === undefined
      ? !isUntouched
      : compareStreamIds(newest, lastId) <= 0 &&
        (!isUntouched ||
          (compareStreamIds(oldest, firstId) === 0 && compareStreamIds(newest, lastId) === 0));
  if (!fits || compareStreamIds(firstId, lastId) > 0) {
    throw new MalformedBytes("a stream node that contradicts itself");
  }
  const mayGrow = text.length <= GROWING_TEXT_BYTES_MAX;
  const listpackBytes = mayGrow ? claimedBytes : Math.max(claimedBytes, STREAM_NODE_BYTES_CEILING);
  return new PackedNode(text, { firstId, lastId, length, deleted, listpackBytes });
}

interface CheckedText {
  readonly length: number;
  /** `undefined`: all entries were deleted. */
  readonly oldest: StreamId | undefined;
  readonly newest: StreamId | undefined;
}

/** Walks the whole text of a node: see stream-entries.ts. */
function checkNodeText(reader: ByteReader, firstId: StreamId): CheckedText {
  const nameCount = reader.countFrom1();
  skipStrings(reader, nameCount);
  let oldest: StreamId | undefined;
  let newest: StreamId | undefined;
  let length = 0;
  while (reader.left > 0) {
    const flags = reader.byte();
    if (flags > (SAME_NAMES | WIDE_ID)) throw new MalformedBytes("an entry with unknown flags");
    const id = (flags & WIDE_ID) === 0 ? readNarrowId(reader, firstId) : readWideId(reader);
    if (compareStreamIds(id, newest ?? firstId) < (newest === undefined ? 0 : 1)) {
      throw new MalformedBytes("entries out of order");
    }
    skipStrings(reader, (flags & SAME_NAMES) === 0 ? reader.countFrom1() * 2 : nameCount);
    oldest ??= id;
    newest = id;
    length += 1;
  }
  return { length, oldest, newest };
}

function readWideId(reader: ByteReader): StreamId {
  return { ms: reader.wide(), seq: reader.wide() };
}

/** Sums stay safe integers, and so do the parts of the node's first id that they begin with. */
function readNarrowId(reader: ByteReader, firstId: StreamId): StreamId {
  const msDelta = reader.varint();
  const seqOrDelta = reader.varint();
  const ms = sumOf(firstId.ms, msDelta);
  return { ms, seq: msDelta === 0 ? sumOf(firstId.seq, seqOrDelta) : seqOrDelta };
}

function sumOf(base: StreamId["ms"], delta: number): number {
  const sum = typeof base === "number" ? base + delta : Number.POSITIVE_INFINITY;
  if (!Number.isSafeInteger(sum)) throw new MalformedBytes("an id that should be wide");
  return sum;
}

function skipStrings(reader: ByteReader, count: number): void {
  for (let index = 0; index < count; index += 1) reader.string();
}
