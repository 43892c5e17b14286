import { own, type Bytes } from "@slotcast/protocol";
import { VARINT_BYTES_MAX, type ByteWriter } from "./byte-writer.ts";
import type { IdempotenceLimits } from "./idempotence.ts";
import { STREAM_NODE_BYTES_CEILING } from "./limits.ts";
import {
  LISTPACK_EMPTY_BYTES,
  listpackDifferenceBytes,
  listpackIntegerBytes,
  listpackStringBytes,
} from "./listpack-size.ts";
import { PackedNode } from "./packed-node.ts";
import { EntryReader, SAME_NAMES, WIDE_ID } from "./stream-entries.ts";
import { compareStreamIds, type StreamId } from "./stream-id.ts";
import type { StreamNode, StreamRange } from "./stream-node.ts";

/** When a stream node is full; 0 is no limit of that kind. Redis' `stream-node-max-entries` and `-bytes`. */
export interface StreamNodeLimits {
  /** Deleted entries count too. */
  readonly nodeEntriesMax: number;
  /** As Redis would store the node: see listpack-size.ts. */
  readonly nodeBytesMax: number;
  /** What a new stream remembers of its producers; Redis' defaults when missing. */
  readonly idempotence?: IdempotenceLimits;
}

/** One entry on its way in: `fields[from]` is its first name, then value, name, value … to the end. */
export interface NewEntry {
  /** Kept: must not change. */
  readonly id: StreamId;
  readonly fields: readonly Bytes[];
  readonly from: number;
  /** Length of all names and values together. */
  readonly sizeBytes: number;
}

/** Flags, a wide id (two varints are not longer), the number of pairs. */
const ENTRY_HEAD_BYTES_MAX = 1 + 16 + VARINT_BYTES_MAX;

/**
 * The last node of a stream, the one that grows. Ids and places of its entries are kept beside the bytes, since
 * the newest entries are read most.
 */
export class OpenNode implements StreamNode {
  readonly firstId: StreamId;
  #lastId: StreamId;
  readonly #names: readonly Bytes[];
  readonly #writer: ByteWriter;
  /** Of the entries that were not deleted; and where each begins. */
  readonly #ids: StreamId[] = [];
  readonly #begins: number[] = [];
  /** Where the names end: the text of the node is the names and what follows the first of `#begins`. */
  readonly #namesEnd: number;
  #deleted = 0;
  #listpackBytes: number;

  /** A node without entries. Owns the writer, which must be clear, as long as it is the open node. */
  private constructor(writer: ByteWriter, firstId: StreamId, names: readonly Bytes[]) {
    this.#writer = writer;
    this.firstId = firstId;
    this.#lastId = firstId;
    this.#names = names.map(own);
    this.#listpackBytes = LISTPACK_EMPTY_BYTES + listpackIntegerBytes(names.length);
    writer.reserve(VARINT_BYTES_MAX);
    writer.varint(names.length);
    for (const name of names) {
      writer.reserve(VARINT_BYTES_MAX + name.length);
      writer.string(name);
      this.#listpackBytes += listpackStringBytes(name);
    }
    this.#listpackBytes += listpackIntegerBytes(0); // ends the names
    this.#namesEnd = writer.length;
  }

  /** The entry's names become the node's. */
  static begin(writer: ByteWriter, entry: NewEntry): OpenNode {
    const { fields, from } = entry;
    const names = fields.filter((_, index) => index >= from && (index - from) % 2 === 0);
    const node = new OpenNode(writer, entry.id, names);
    node.append(entry);
    return node;
  }

  /** The node goes on: what came after it was deleted whole. */
  static reopen(writer: ByteWriter, packed: PackedNode): OpenNode {
    const reader = packed.reader();
    const node = new OpenNode(writer, packed.firstId, reader.names);
    const text = reader.rest();
    const shift = writer.length - reader.at;
    writer.reserve(text.length);
    writer.bytes(text);
    while (reader.next()) {
      node.#ids.push(reader.id());
      node.#begins.push(reader.entryAt + shift);
      reader.skip();
    }
    node.#lastId = packed.lastId;
    node.#deleted = packed.deleted;
    node.#listpackBytes = packed.listpackBytes;
    return node;
  }

  get lastId(): StreamId {
    return this.#lastId;
  }

  get length(): number {
    return this.#ids.length;
  }

  get deleted(): number {
    return this.#deleted;
  }

  get listpackBytes(): number {
    return this.#listpackBytes;
  }

  /** The id must be above `lastId`. */
  append(entry: NewEntry): void {
    const writer = this.#writer;
    writer.reserve(spaceFor(entry));
    const begin = writer.length;
    const hasSameNames = this.#hasSameNames(entry);
    this.#writeId(entry.id, hasSameNames ? SAME_NAMES : 0);
    const { fields, from } = entry;
    const pairs = (fields.length - from) / 2;
    let listpackBytes = 0;
    if (!hasSameNames) {
      writer.varint(pairs);
      listpackBytes += listpackIntegerBytes(pairs);
    }
    for (let at = hasSameNames ? from + 1 : from; at < fields.length; at += hasSameNames ? 2 : 1) {
      const text = fields[at];
      if (text === undefined) break;
      writer.string(text);
      listpackBytes += listpackStringBytes(text);
    }
    // Flags, the two parts of the id, and last how many elements the entry has.
    listpackBytes += listpackIntegerBytes(0);
    listpackBytes += listpackDifferenceBytes(entry.id.ms, this.firstId.ms);
    listpackBytes += listpackDifferenceBytes(entry.id.seq, this.firstId.seq);
    listpackBytes += listpackIntegerBytes(hasSameNames ? pairs + 3 : 2 * pairs + 4);
    this.#listpackBytes += listpackBytes;
    this.#ids.push(entry.id);
    this.#begins.push(begin);
    this.#lastId = entry.id;
  }

  /** The node as it stays. This one must not be used any more: its writer can be cleared. */
  seal(): PackedNode {
    const writer = this.#writer;
    const begin = this.#begins[0] ?? writer.length;
    if (begin > this.#namesEnd) writer.cut(this.#namesEnd, begin);
    return new PackedNode(writer.text(0, writer.length), this);
  }

  oldestId(): StreamId | undefined {
    return this.#ids[0];
  }

  newestId(): StreamId | undefined {
    return this.#ids.at(-1);
  }

  delete(id: StreamId): boolean {
    const index = this.#indexOf(id);
    const found = this.#ids[index];
    if (found === undefined || compareStreamIds(found, id) !== 0) return false;
    const begin = this.#begins[index] ?? 0;
    const end = this.#begins[index + 1] ?? this.#writer.length;
    // The oldest entry is left where it is: trimming one by one must not move the node each time.
    if (index > 0) {
      this.#writer.cut(begin, end);
      for (let later = index + 1; later < this.#begins.length; later += 1) {
        this.#begins[later] = (this.#begins[later] ?? 0) - (end - begin);
      }
    }
    this.#forget(index, 1);
    return true;
  }

  deleteOldest({
    countMax,
    idMin,
  }: {
    readonly countMax: number;
    readonly idMin: StreamId | undefined;
  }): number {
    const below = idMin === undefined ? this.length : this.#indexOf(idMin);
    const count = Math.min(countMax, below);
    this.#forget(0, count);
    return count;
  }

  reader(range: StreamRange): EntryReader {
    let low = this.#indexOf(range.from);
    // One too far when `to` is missing: the reader stops there by itself.
    let high = Math.min(this.#indexOf(range.to) + 1, this.length);
    if (range.reverse) low = Math.max(low, high - range.countMax - 1);
    else high = Math.min(high, low + range.countMax);
    const begin = this.#begins[low] ?? this.#writer.length;
    const end = this.#begins[high] ?? this.#writer.length;
    return new EntryReader(this.#writer.text(begin, end), this.firstId, this.#names);
  }

  /** Nothing to do: it knows where every entry begins. */
  note(): void {}

  /** Of the first entry that is not below the id; `length` when there is none. */
  #indexOf(id: StreamId): number {
    if (compareStreamIds(id, this.#lastId) > 0) return this.#ids.length;
    let low = 0;
    let high = this.#ids.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const candidate = this.#ids[middle];
      if (candidate !== undefined && compareStreamIds(candidate, id) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #forget(index: number, count: number): void {
    this.#ids.splice(index, count);
    this.#begins.splice(index, count);
    this.#deleted += count;
  }

  #hasSameNames({ fields, from }: NewEntry): boolean {
    const names = this.#names;
    if (fields.length - from !== 2 * names.length) return false;
    for (let index = 0; index < names.length; index += 1) {
      if (fields[from + 2 * index] !== names[index]) return false;
    }
    return true;
  }

  #writeId({ ms, seq }: StreamId, flags: number): void {
    const writer = this.#writer;
    const { firstId } = this;
    const isFirstMs = ms === firstId.ms;
    if (
      typeof ms === "number" &&
      typeof seq === "number" &&
      typeof firstId.ms === "number" &&
      (!isFirstMs || typeof firstId.seq === "number")
    ) {
      writer.byte(flags);
      writer.varint(ms - firstId.ms);
      writer.varint(isFirstMs ? seq - Number(firstId.seq) : seq);
    } else {
      writer.byte(flags | WIDE_ID);
      writer.wide(ms);
      writer.wide(seq);
    }
  }
}

/** Bytes that the entry can take at most. */
function spaceFor({ fields, from, sizeBytes }: NewEntry): number {
  return ENTRY_HEAD_BYTES_MAX + VARINT_BYTES_MAX * (fields.length - from) + sizeBytes;
}

/**
 * Whether an entry whose fields and values have so many bytes may be appended to the node.
 * Source: Redis 7.0 src/t_stream.c, streamAppendItem, which compares before it knows the encoded size.
 */
export function hasRoomFor(
  sizeBytes: number,
  node: StreamNode,
  { nodeEntriesMax, nodeBytesMax }: StreamNodeLimits,
): boolean {
  const { length, deleted } = node;
  if (nodeEntriesMax !== 0 && length + deleted >= nodeEntriesMax) return false;
  const bytesMax =
    nodeBytesMax === 0
      ? STREAM_NODE_BYTES_CEILING
      : Math.min(nodeBytesMax, STREAM_NODE_BYTES_CEILING);
  const counterBytes = listpackIntegerBytes(length) + listpackIntegerBytes(deleted);
  return node.listpackBytes + counterBytes + sizeBytes < bytesMax;
}
