import assert from "node:assert/strict";
import { CommandError, type Bytes } from "@slotcast/protocol";
import { ByteWriter } from "./byte-writer.ts";
import { Deque } from "./deque.ts";
import {
  IDEMPOTENCE_DEFAULTS,
  Idempotence,
  type IdempotenceParts,
  type IdempotenceStats,
} from "./idempotence.ts";
import { STREAM_ENTRY_BYTES_MAX } from "./limits.ts";
import { NodeSearch } from "./node-search.ts";
import { hasRoomFor, OpenNode, type NewEntry, type StreamNodeLimits } from "./open-node.ts";
import { PackedNode } from "./packed-node.ts";
import { countRadixTreeNodes } from "./radix-tree-nodes.ts";
import {
  compareStreamIds,
  nextAutoId,
  STREAM_ID_MAX,
  STREAM_ID_MIN,
  type StreamId,
} from "./stream-id.ts";
import { StreamGroups } from "./stream-groups.ts";
import type { EntryVisitor, StreamNode, StreamRange } from "./stream-node.ts";
import type { StreamParts } from "./stream-parts.ts";
import { trimEnd, trimLimit, type TrimOptions, type TrimThreshold } from "./stream-trim.ts";
import { nextU64, type U64 } from "./u64.ts";

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
  readonly groups = new StreamGroups();
  readonly #limits: StreamNodeLimits;
  readonly #nodes = new Deque<StreamNode>();
  readonly #search = new NodeSearch();
  /** The open node's bytes; reused from node to node. */
  readonly #writer = new ByteWriter();
  /** The node that grows; when it is there, it is the last of `#nodes`. */
  #open: OpenNode | undefined;
  #length = 0;
  #lastId = STREAM_ID_MIN;
  #maxDeletedId = STREAM_ID_MIN;
  #entriesAdded = 0;
  /** `undefined` until a producer asks for it: most streams never have one. */
  #idempotence: Idempotence | undefined;

  /** `limits` is read at each append: its owner may change it, for the nodes to come. */
  constructor(limits: StreamNodeLimits) {
    this.#limits = limits;
  }

  get limits(): StreamNodeLimits {
    return this.#limits;
  }

  /** The parts are the stream's from now on. The caller has checked that they fit together. */
  static from(limits: StreamNodeLimits, parts: StreamParts): Stream {
    const stream = new Stream(limits);
    for (const node of parts.nodes) {
      stream.#nodes.pushBack(node);
      stream.#length += node.length;
    }
    stream.#lastId = parts.lastId;
    stream.#maxDeletedId = parts.maxDeletedId;
    stream.#entriesAdded = parts.entriesAdded;
    stream.#idempotence = parts.idempotence;
    return stream;
  }

  /** As they are: they stay the stream's. The open node is sealed, and opened again by the next entry. */
  parts(): StreamParts {
    this.#seal();
    const nodes: PackedNode[] = [];
    for (let index = 0; index < this.#nodes.length; index += 1) {
      const node = this.#nodes.at(index);
      assert(node instanceof PackedNode, "all nodes are sealed");
      nodes.push(node);
    }
    const { entriesAdded, lastId, maxDeletedId } = this;
    return { nodes, lastId, maxDeletedId, entriesAdded, idempotence: this.#idempotence };
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

  /** Of XSETID: ids to come are above `lastId`. The caller has checked that they fit what is there. */
  setProgress(progress: {
    readonly lastId: StreamId;
    readonly maxDeletedId: StreamId;
    readonly entriesAdded: number;
  }): void {
    this.#lastId = progress.lastId;
    this.#maxDeletedId = progress.maxDeletedId;
    this.#entriesAdded = progress.entriesAdded;
  }

  /** Nodes, as in `radix-tree-keys` of Redis' XINFO STREAM. */
  get nodeCount(): number {
    return this.#nodes.length;
  }

  /** As `radix-tree-nodes` there; an estimate for many nodes. */
  radixTreeNodes(): number {
    return countRadixTreeNodes(this.#nodes.length, (index) => this.#nodes.at(index)?.firstId);
  }

  /** Id of the oldest entry; 0-0 when the stream is empty. */
  get firstId(): StreamId {
    for (let index = 0; index < this.#nodes.length; index += 1) {
      const oldest = this.#nodes.at(index)?.oldestId();
      if (oldest !== undefined) return oldest;
    }
    return STREAM_ID_MIN;
  }

  /** Id of the newest entry; 0-0 when the stream is empty. `lastId` may be above it: deleted. */
  get newestId(): StreamId {
    for (let index = this.#nodes.length - 1; index >= 0; index -= 1) {
      const newest = this.#nodes.at(index)?.newestId();
      if (newest !== undefined) return newest;
    }
    return STREAM_ID_MIN;
  }

  /** What producers sent before: for `XADD … IDMP` and XCFGSET. */
  get idempotence(): Idempotence {
    return (this.#idempotence ??= new Idempotence(
      this.#limits.idempotence ?? IDEMPOTENCE_DEFAULTS,
    ));
  }

  /** What producers sent before, as it stands; `undefined`: none ever asked for it. */
  get idempotenceParts(): IdempotenceParts | undefined {
    return this.#idempotence?.parts;
  }

  /** For XINFO: makes nothing. */
  idempotenceStats(nowMs: number): IdempotenceStats {
    if (this.#idempotence !== undefined) return this.#idempotence.stats(nowMs);
    const limits = this.#limits.idempotence ?? IDEMPOTENCE_DEFAULTS;
    return { ...limits, pidsTracked: 0, iidsTracked: 0, iidsAdded: 0, iidsDuplicates: 0 };
  }

  /**
   * The id of `*`: now, or right after the last one when the clock is not ahead of it. `undefined` when the
   * last possible id is taken.
   */
  nextAutoId(nowMs: number): StreamId | undefined {
    return nextAutoId(this.#lastId, nowMs);
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
    let index = Math.max(
      this.#search.indexOf(this.#nodes, range.reverse ? range.to : range.from),
      0,
    );
    for (; left > 0; index += step) {
      const node = this.#nodes.at(index);
      if (node === undefined) return;
      const isBelow = compareStreamIds(node.lastId, range.from) < 0;
      const isAbove = compareStreamIds(node.firstId, range.to) > 0;
      if (range.reverse ? isBelow : isAbove) return;
      if (!isBelow && !isAbove) {
        const rest = left === range.countMax ? range : { ...range, countMax: left };
        const reader = node.reader(rest);
        left -= reader.forEachInRange(rest, visit);
        if (left === 0 && !range.reverse) node.note(reader);
      }
    }
  }

  /** Field, value, field, value … of the entry, as a visitor gets them; `undefined`: there is none. */
  find(id: StreamId): readonly Bytes[] | undefined {
    const node = this.#nodes.at(this.#search.indexOf(this.#nodes, id));
    const reader = node?.reader({ from: id, to: id, reverse: false, countMax: 1 });
    if (node === undefined || reader === undefined || !reader.find(id)) return undefined;
    const fields = reader.fields();
    node.note(reader);
    return fields;
  }

  /** Whether an id that an entry once had is still there. Where nothing was deleted around it no entry is read. */
  stillHas(id: StreamId): boolean {
    const node = this.#nodes.at(this.#search.indexOf(this.#nodes, id));
    if (node === undefined || compareStreamIds(id, node.lastId) > 0) return false;
    return node.deleted === 0 || this.find(id) !== undefined;
  }

  /** How many entries have higher ids. O(nodes above it). */
  countAbove(id: StreamId): number {
    let count = 0;
    const index = Math.max(this.#search.indexOf(this.#nodes, id), 0);
    for (let above = index + 1; above < this.#nodes.length; above += 1) {
      count += this.#nodes.at(above)?.length ?? 0;
    }
    const range = { from: id, to: STREAM_ID_MAX, reverse: false, countMax: Infinity };
    this.#nodes
      .at(index)
      ?.reader(range)
      .forEachInRange(range, (other) => {
        if (compareStreamIds(other, id) > 0) count += 1;
      });
    return count;
  }

  /** False when there is no such entry. */
  delete(id: StreamId): boolean {
    if (!this.discard(id)) return false;
    if (compareStreamIds(id, this.#maxDeletedId) > 0) this.#maxDeletedId = id;
    return true;
  }

  /** As `delete`, on behalf of a trim: `maxDeletedId` stays. */
  discard(id: StreamId): boolean {
    const index = this.#search.indexOf(this.#nodes, id);
    const node = this.#nodes.at(index);
    if (node === undefined || !node.delete(id)) return false;
    this.#length -= 1;
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

  /** Where such a trim would end: see stream-trim.ts. Changes nothing. */
  trimEnd(threshold: TrimThreshold, options: TrimOptions): StreamId | undefined {
    return trimEnd(this.#nodes, threshold, {
      approximate: options.approximate,
      limitEntries: trimLimit(options, this.#limits),
      length: this.#length,
    });
  }

  /** Source: Redis 7.0 src/t_stream.c, streamTrim. */
  #trim(options: TrimOptions, rule: TrimRule): number {
    const { approximate } = options;
    const limitEntries = trimLimit(options, this.#limits);
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
