import { slice, type Bytes } from "@slotcast/protocol";
import { compareStreamIds, compareU64, type StreamId } from "./stream-id.ts";
import type { EntryVisitor, StreamRange } from "./stream-node.ts";
import { u64, type U64 } from "./u64.ts";

/*
 * The bytes of a stream node. They are part of what DUMP gives away: a change needs a new version of
 * docs/dump-format.md, and of `checkNodeText` in stream-node-codec.ts.
 *
 *   node    names entry*
 *   names   count (length bytes)*    the field names of the node's first entry
 *   entry   flags id body
 *   id      ms - first.ms, then seq - first.seq within the first millisecond and plain seq after it;
 *           WIDE_ID: two big-endian 64-bit numbers, as soon as one of these is above 2^53
 *   body    SAME_NAMES: (length value)*, else: pairs (length name length value)*
 *
 * Numbers are varints: 7 bits a byte, low bits first, the high bit set while more follow. A deleted entry is cut
 * out, not marked; the counters that tell of it are beside the bytes.
 */
export const SAME_NAMES = 1;
export const WIDE_ID = 2;

/** Goes through the entries of a node from old to new: `next`, then one of `fields` and `skip`. */
export class EntryReader {
  readonly #text: Bytes;
  readonly #firstId: StreamId;
  #names: readonly Bytes[] | undefined;
  #at = 0;
  #entryAt = 0;
  #flags = 0;
  #ms: U64 = 0;
  #seq: U64 = 0;

  /** `firstId` is the node's. Without `names` the text begins with them: `seek` or `skipNames` comes first then. */
  constructor(text: Bytes, firstId: StreamId, names?: readonly Bytes[]) {
    this.#text = text;
    this.#firstId = firstId;
    this.#names = names;
  }

  /** The node's: may be views of its text. Read when first asked for: who looks for an id needs none. */
  get names(): readonly Bytes[] {
    return (this.#names ??= this.#readNames());
  }

  /** Where the entry read last begins. */
  get entryAt(): number {
    return this.#entryAt;
  }

  /** Where the next entry begins: after `fields`, `skip` and the names. */
  get at(): number {
    return this.#at;
  }

  /** `at` must be where an entry begins. */
  seek(at: number): void {
    this.#at = at;
  }

  /** Steps over the names that the text begins with. */
  skipNames(): void {
    this.#at = 0;
    this.#skipStrings(this.#varint());
  }

  /** The bytes of the entries from `at` on. */
  rest(): Bytes {
    return slice(this.#text, this.#at);
  }

  /** False at the end of the node. */
  next(): boolean {
    if (this.#at >= this.#text.length) return false;
    this.#entryAt = this.#at;
    this.#flags = this.#text.charCodeAt(this.#at);
    this.#at += 1;
    if ((this.#flags & WIDE_ID) === 0) {
      const msDelta = this.#varint();
      const seq = this.#varint();
      const isFirstMs = msDelta === 0;
      this.#ms = isFirstMs ? this.#firstId.ms : Number(this.#firstId.ms) + msDelta;
      this.#seq = isFirstMs ? Number(this.#firstId.seq) + seq : seq;
    } else {
      this.#ms = this.#wide();
      this.#seq = this.#wide();
    }
    return true;
  }

  /** Of the entry read last. */
  id(): StreamId {
    return { ms: this.#ms, seq: this.#seq };
  }

  /** Field, value, field, value … of the entry read last. Long ones are views of the node. */
  fields(): Bytes[] {
    if ((this.#flags & SAME_NAMES) === 0) return this.#strings(this.#varint() * 2);
    const { names } = this;
    const fields = new Array<Bytes>(names.length * 2);
    for (let at = 0; at < names.length; at += 1) {
      fields[at * 2] = names[at] as Bytes; // below length
      fields[at * 2 + 1] = this.#string();
    }
    return fields;
  }

  skip(): void {
    const hasNames = (this.#flags & SAME_NAMES) === 0;
    this.#skipStrings(hasNames ? this.#varint() * 2 : this.names.length);
  }

  /** Steps to the entry with this id. False when there is none; the reader is spent then. */
  find(id: StreamId): boolean {
    while (this.next()) {
      // Without making an id of each.
      const order = compareU64(this.#ms, id.ms) || compareU64(this.#seq, id.seq);
      if (order >= 0) return order === 0;
      this.skip();
    }
    return false;
  }

  /** Visits what is left of the range. Returns how many entries that were. */
  forEachInRange(range: StreamRange, visit: EntryVisitor): number {
    if (range.reverse) return this.#forEachBackwards(range, visit);
    let visited = 0;
    while (visited < range.countMax && this.next()) {
      const id = this.id();
      if (compareStreamIds(id, range.from) < 0) {
        this.skip();
      } else {
        if (compareStreamIds(id, range.to) > 0) break;
        visit(id, this.fields());
        visited += 1;
      }
    }
    return visited;
  }

  /** Entries can be stepped over forwards only: notes where they begin, then visits from the last one. */
  #forEachBackwards(range: StreamRange, visit: EntryVisitor): number {
    const begins: number[] = [];
    while (this.next()) {
      const id = this.id();
      if (compareStreamIds(id, range.to) > 0) break;
      if (compareStreamIds(id, range.from) >= 0) begins.push(this.#entryAt);
      this.skip();
    }
    const chosen = begins.reverse().slice(0, range.countMax);
    for (const begin of chosen) {
      this.seek(begin);
      this.next();
      visit(this.id(), this.fields());
    }
    return chosen.length;
  }

  #readNames(): readonly Bytes[] {
    const { at } = this;
    this.#at = 0;
    const names = this.#strings(this.#varint());
    this.#at = at;
    return names;
  }

  #skipStrings(count: number): void {
    for (let left = count; left > 0; left -= 1) {
      const length = this.#varint();
      this.#at += length;
    }
  }

  #strings(count: number): Bytes[] {
    const strings: Bytes[] = [];
    for (let index = 0; index < count; index += 1) strings.push(this.#string());
    return strings;
  }

  #string(): Bytes {
    const length = this.#varint();
    const at = this.#at;
    this.#at = at + length;
    return slice(this.#text, at, at + length);
  }

  #varint(): number {
    let code = this.#text.charCodeAt(this.#at);
    this.#at += 1;
    if (code < 128) return code;
    let value = code - 128;
    let scale = 128;
    do {
      code = this.#text.charCodeAt(this.#at);
      this.#at += 1;
      value += (code & 127) * scale;
      scale *= 128;
    } while (code >= 128);
    return value;
  }

  #wide(): U64 {
    let value = 0n;
    for (let index = 0; index < 8; index += 1) {
      value = value * 256n + BigInt(this.#text.charCodeAt(this.#at + index));
    }
    this.#at += 8;
    return u64(value);
  }
}
