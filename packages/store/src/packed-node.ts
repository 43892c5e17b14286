import { ascii, type Bytes } from "@slotcast/protocol";
import { EntryReader } from "./stream-entries.ts";
import { compareStreamIds, type StreamId } from "./stream-id.ts";
import type { StreamNode } from "./stream-node.ts";

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
    this.#start = new EntryReader(text, node.firstId).at;
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

  reader(): EntryReader {
    const reader = new EntryReader(this.#text, this.firstId);
    reader.seek(this.#start);
    return reader;
  }

  #forget(count: number): void {
    this.#length -= count;
    this.#deleted += count;
  }
}
