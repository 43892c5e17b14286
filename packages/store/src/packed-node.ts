import { ascii, type Bytes } from "@slotcast/protocol";
import { EntryReader } from "./stream-entries.ts";
import { compareStreamIds, type StreamId } from "./stream-id.ts";
import type { StreamNode, StreamRange } from "./stream-node.ts";

/**
 * A node that gets no more entries: one flat string and a small record, so that millions of entries are
 * thousands of objects for the garbage collector.
 *
 * Deleting the oldest entry only moves a mark; deleting in the middle copies the string without it.
 */
export class PackedNode implements StreamNode {
  readonly firstId: StreamId;
  readonly lastId: StreamId;
  readonly listpackBytes: number;
  #length: number;
  #deleted: number;
  /** As described in stream-entries.ts, names first. */
  #text: Bytes;
  /** Where the oldest entry begins. What is before it, but for the names, is dead. */
  #start: number;
  /** Where reading stopped last: the entry there, and where the next one begins. A consumer reads in small steps. */
  #readId: StreamId | undefined;
  #readAt = 0;
  /** As the reader found them that stopped there. */
  #names: readonly Bytes[] | undefined;

  /** The text is names and entries, without dead bytes. */
  constructor(
    text: Bytes,
    node: Pick<StreamNode, "firstId" | "lastId" | "length" | "deleted" | "listpackBytes">,
  ) {
    this.firstId = node.firstId;
    this.lastId = node.lastId;
    this.listpackBytes = node.listpackBytes;
    this.#length = node.length;
    this.#deleted = node.deleted;
    this.#text = text;
    this.#start = namesEnd(text, node.firstId);
  }

  get length(): number {
    return this.#length;
  }

  get deleted(): number {
    return this.#deleted;
  }

  oldestId(): StreamId | undefined {
    const reader = this.reader();
    return reader.next() ? reader.id() : undefined;
  }

  delete(id: StreamId): boolean {
    const reader = this.reader();
    if (!reader.find(id)) return false;
    reader.skip();
    if (reader.entryAt === this.#start) {
      this.#start = reader.at;
    } else {
      const around = [this.#text.slice(0, reader.entryAt), this.#text.slice(reader.at)];
      this.#readId = undefined;
      // They may be views of the text that goes.
      this.#names = undefined;
      // `join` makes one flat string, where `+` would keep the old one alive.
      this.#text = ascii(around.join(""));
    }
    this.#forget(1);
    return true;
  }

  deleteOldest({
    countMax,
    idMin,
  }: {
    readonly countMax: number;
    readonly idMin: StreamId | undefined;
  }): number {
    const reader = this.reader();
    let deleted = 0;
    while (deleted < countMax && reader.next()) {
      if (idMin !== undefined && compareStreamIds(reader.id(), idMin) >= 0) break;
      reader.skip();
      this.#start = reader.at;
      deleted += 1;
    }
    this.#forget(deleted);
    return deleted;
  }

  newestId(): StreamId | undefined {
    if (this.#deleted === 0) return this.lastId;
    const reader = this.reader();
    let newest: StreamId | undefined;
    while (reader.next()) {
      newest = reader.id();
      reader.skip();
    }
    return newest;
  }

  /** Names and entries without the dead bytes between them. */
  text(): Bytes {
    const end = namesEnd(this.#text, this.firstId);
    if (end === this.#start) return this.#text;
    return ascii([this.#text.slice(0, end), this.#text.slice(this.#start)].join(""));
  }

  /** Shares the bytes, which never change. */
  clone(): PackedNode {
    return new PackedNode(this.text(), this);
  }

  reader(range?: StreamRange): EntryReader {
    const reader = new EntryReader(this.#text, this.firstId, this.#names);
    const readId = this.#readId;
    const goesOn =
      range !== undefined && readId !== undefined && compareStreamIds(readId, range.from) < 0;
    // What was deleted from the front since then is before `#start`.
    reader.seek(goesOn ? Math.max(this.#readAt, this.#start) : this.#start);
    return reader;
  }

  note(reader: EntryReader): void {
    this.#readId = reader.id();
    this.#readAt = reader.at;
    this.#names = reader.names;
  }

  #forget(count: number): void {
    this.#length -= count;
    this.#deleted += count;
  }
}

/** Where the entries begin in a text without dead bytes. */
function namesEnd(text: Bytes, firstId: StreamId): number {
  const reader = new EntryReader(text, firstId);
  reader.skipNames();
  return reader.at;
}
