import assert from "node:assert/strict";
import { CommandError, type Bytes } from "@slotcast/protocol";
import { ByteWriter } from "./byte-writer.ts";
import { Deque } from "./deque.ts";
import { STREAM_ENTRY_BYTES_MAX } from "./limits.ts";
import { hasRoomFor, OpenNode, type NewEntry, type StreamNodeLimits } from "./open-node.ts";
import { PackedNode } from "./packed-node.ts";
import { compareStreamIds, nextStreamId, STREAM_ID_MIN, type StreamId } from "./stream-id.ts";
import type { EntryVisitor, StreamNode, StreamRange } from "./stream-node.ts";
import { nextU64, type U64 } from "./u64.ts";

/** What a trim may remove, oldest entries first. */
export interface TrimOptions {
  /** Remove whole nodes only: cheap, and may leave up to a node too much. `~` of XADD and XTRIM. */
  readonly approximate: boolean;
  /**
   * Stop before a node that would make more than this many entries removed; 0: no limit. When `undefined`,
   * Redis' defaults: 100 nodes' worth for an approximate trim, no limit for an exact one.
   */
  readonly limit: number | undefined;
}

/** Bounds of the default limit: Redis 7.0 src/t_stream.c, streamParseAddOrTrimArgsOrReply. */
const TRIM_LIMIT_MAX = 1_000_000;
const TRIM_LIMIT_WITHOUT_NODE_ENTRIES = 10_000;
const TRIM_LIMIT_NODES = 100;

/** A full node that ends with an entry of this size is sealed at once: its buffer would be mostly air. */
const BIG_ENTRY_BYTES = 16 * 1024;

const ID_TOO_SMALL = new CommandError(
  "ERR",
  "The ID specified in XADD is equal or smaller than the target stream top item",
);
const ENTRY_TOO_LARGE = new CommandError("ERR", "Elements are too large to be stored");

/**
 * A Redis stream: entries ordered by id, appended at the end, in nodes of some 100 entries or 4 KB.
 *
 * ```
 *   PackedNode  PackedNode  …  PackedNode  OpenNode
 *   [e e e …]   [e e e …]      [e e e …]   [e e e ← append
 * ```
 *
 * Redis keeps listpacks in a radix tree; a ring of nodes searched by first id does the same here, since nodes
 * come and go at the ends. Which entry is in which node is exactly as in Redis: `XTRIM ~` shows it.
 *
 * Cost: append and trim are O(1) amortised; finding an id is O(log nodes + entries of a node); deleting one the
 * same, plus, for a node that becomes empty, moving the shorter half of the ring.
 * Memory: 73 bytes for an entry of one 64-byte field (measured: bench/stream.ts).
 */
export class Stream {
  readonly #limits: StreamNodeLimits;
  readonly #nodes = new Deque<StreamNode>();
  /** The open node's bytes; reused from node to node. */
  readonly #writer = new ByteWriter();
  /** The node that grows; when it is there, it is the last of `#nodes`. */
  #open: OpenNode | undefined;
  #length = 0;
  #lastId = STREAM_ID_MIN;
  #maxDeletedId = STREAM_ID_MIN;
  #entriesAdded = 0;

  /** `limits` is read at each append: its owner may change it, for the nodes to come. */
  constructor(limits: StreamNodeLimits) {
    this.#limits = limits;
  }

  get length(): number {
    return this.#length;
  }

  /** The highest id ever given to an entry, deleted or not; 0-0 at first. Never goes back. */
  get lastId(): StreamId {
    return this.#lastId;
  }

  /** The highest id that `delete` removed; 0-0 at first. Trimming does not count, as in Redis. */
  get maxDeletedId(): StreamId {
    return this.#maxDeletedId;
  }

  /** Entries ever added, deleted and trimmed ones included. */
  get entriesAdded(): number {
    return this.#entriesAdded;
  }

  /** Nodes, as in `radix-tree-keys` of Redis' XINFO STREAM. */
  get nodeCount(): number {
    return this.#nodes.length;
  }

  /** Id of the oldest entry; 0-0 when the stream is empty. */
  get firstId(): StreamId {
    for (let index = 0; index < this.#nodes.length; index += 1) {
      const oldest = this.#nodes.at(index)?.oldestId();
      if (oldest !== undefined) return oldest;
    }
    return STREAM_ID_MIN;
  }

  /**
   * The id of `*`: now, or right after the last one when the clock is not ahead of it. `undefined` when the
   * last possible id is taken.
   */
  nextAutoId(nowMs: number): StreamId | undefined {
    return nowMs > this.#lastId.ms ? { ms: nowMs, seq: 0 } : nextStreamId(this.#lastId);
  }

  /** The id of `<ms>-*`. Throws as `append` when that millisecond is full; when it is over, `append` will. */
  nextIdAt(ms: U64): StreamId {
    if (ms !== this.#lastId.ms) return { ms, seq: 0 };
    const seq = nextU64(this.#lastId.seq);
    if (seq === undefined) throw ID_TOO_SMALL;
    return { ms, seq };
  }

  /**
   * `fields` holds field, value, field, value … from index `from` to its end, at least one pair; bytes are
   * copied, the id is kept. Throws Redis' errors when the id is not above `lastId`, or the entry too large; the
   * stream is unchanged then.
   */
  append(id: StreamId, fields: readonly Bytes[], from: number): void {
    if (compareStreamIds(id, this.#lastId) <= 0) throw ID_TOO_SMALL;
    let sizeBytes = 0;
    for (let at = from; at < fields.length; at += 1) sizeBytes += fields[at]?.length ?? 0;
    if (sizeBytes > STREAM_ENTRY_BYTES_MAX) throw ENTRY_TOO_LARGE;
    this.#appendEntry({ id, fields, from, sizeBytes });
    this.#lastId = id;
    this.#length += 1;
    this.#entriesAdded += 1;
  }

  /** Visits the entries of the range. Nothing happens when `from` is above `to`. */
  forEachInRange(range: StreamRange, visit: EntryVisitor): void {
    let left = range.countMax;
    const step = range.reverse ? -1 : 1;
    // The node before the first one holds what is smaller than all: nothing.
    let index = Math.max(this.#nodeOf(range.reverse ? range.to : range.from), 0);
    for (; left > 0; index += step) {
      const node = this.#nodes.at(index);
      if (node === undefined) return;
      const isBelow = compareStreamIds(node.lastId, range.from) < 0;
      const isAbove = compareStreamIds(node.firstId, range.to) > 0;
      if (range.reverse ? isBelow : isAbove) return;
      if (!isBelow && !isAbove) {
        const rest = left === range.countMax ? range : { ...range, countMax: left };
        left -= node.reader(rest).forEachInRange(rest, visit);
      }
    }
  }

  /** False when there is no such entry. */
  delete(id: StreamId): boolean {
    const index = this.#nodeOf(id);
    const node = this.#nodes.at(index);
    if (node === undefined || !node.delete(id)) return false;
    this.#length -= 1;
    if (compareStreamIds(id, this.#maxDeletedId) > 0) this.#maxDeletedId = id;
    if (node.length === 0) this.#removeNode(index);
    return true;
  }

  /** Removes the oldest entries above `lengthMax`. Returns how many. */
  trimByLength(lengthMax: number, options: TrimOptions): number {
    return this.#trim(options, {
      isDone: () => this.#length <= lengthMax,
      mayRemove: (node) => this.#length - node.length >= lengthMax,
      removeSome: (node) =>
        node.deleteOldest({ countMax: this.#length - lengthMax, idMin: undefined }),
    });
  }

  /** Removes the entries below `idMin`. Returns how many. */
  trimByMinId(idMin: StreamId, options: TrimOptions): number {
    return this.#trim(options, {
      isDone: () => false,
      mayRemove: (node) => compareStreamIds(node.lastId, idMin) < 0,
      removeSome: (node) => node.deleteOldest({ countMax: Infinity, idMin }),
    });
  }

  /** Source: Redis 7.0 src/t_stream.c, streamTrim. */
  #trim({ approximate, limit }: TrimOptions, rule: TrimRule): number {
    const limitEntries = limit ?? this.#defaultTrimLimit(approximate);
    let removed = 0;
    for (;;) {
      const node = this.#nodes.at(0);
      if (node === undefined || rule.isDone()) break;
      const { length } = node;
      if (limitEntries !== 0 && removed + length > limitEntries) break;
      if (rule.mayRemove(node)) {
        this.#removeNode(0);
        this.#length -= length;
        removed += length;
      } else {
        if (!approximate) {
          const some = rule.removeSome(node);
          this.#length -= some;
          removed += some;
        }
        break;
      }
    }
    return removed;
  }

  #defaultTrimLimit(approximate: boolean): number {
    if (!approximate) return 0;
    const { nodeEntriesMax } = this.#limits;
    if (nodeEntriesMax === 0) return TRIM_LIMIT_WITHOUT_NODE_ENTRIES;
    return Math.min(TRIM_LIMIT_NODES * nodeEntriesMax, TRIM_LIMIT_MAX);
  }

  /** Index of the node whose ids the id is among: the last that begins at or below it. -1 when there is none. */
  #nodeOf(id: StreamId): number {
    let low = 0;
    let high = this.#nodes.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const node = this.#nodes.at(middle);
      if (node !== undefined && compareStreamIds(node.firstId, id) <= 0) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }

  #appendEntry(entry: NewEntry): void {
    const last = this.#nodes.at(this.#nodes.length - 1);
    if (last === undefined || !hasRoomFor(entry.sizeBytes, last, this.#limits)) {
      this.#seal();
      this.#open = OpenNode.begin(this.#writer, entry);
      this.#nodes.pushBack(this.#open);
    } else {
      this.#open ??= this.#reopen(last);
      this.#open.append(entry);
    }
    if (entry.sizeBytes > BIG_ENTRY_BYTES && !hasRoomFor(0, this.#open, this.#limits)) this.#seal();
  }

  #seal(): void {
    if (this.#open === undefined) return;
    this.#nodes.popBack();
    this.#nodes.pushBack(this.#open.seal());
    this.#open = undefined;
    this.#writer.clear();
  }

  /** The open node was deleted, and the one before it takes the next entry: which one does can be seen by `~`. */
  #reopen(last: StreamNode): OpenNode {
    assert(last instanceof PackedNode, "two open nodes");
    const open = OpenNode.reopen(this.#writer, last);
    this.#nodes.popBack();
    this.#nodes.pushBack(open);
    return open;
  }

  #removeNode(index: number): void {
    if (this.#nodes.at(index) === this.#open) {
      this.#open = undefined;
      this.#writer.clear();
    }
    this.#nodes.removeAt(index);
  }
}

/** What differs between trimming by length and by id. */
interface TrimRule {
  isDone(): boolean;
  /** Whether the whole node, the oldest, goes. */
  mayRemove(node: StreamNode): boolean;
  /** Removes only some of the node's entries, and returns how many. */
  removeSome(node: StreamNode): number;
}
