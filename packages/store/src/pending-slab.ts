import type { SlotOrder } from "./ordered-slots.ts";
import { compareStreamIds, type StreamId } from "./stream-id.ts";

/*
 * A record of 32 bytes a pending entry: doubles and 32-bit words in one buffer.
 *
 *   double 0   ms of the id                double 2   delivery time, or a ticket
 *   double 1   seq of the id               word 6     consumer       word 7   delivery count
 *
 * Numbers beyond what their column holds are in maps beside it: they are legal, and nobody has them.
 */
const RECORD_DOUBLES = 4;
const SEQ = 1;
const DELIVERED_AT = 2;
const RECORD_WORDS = 8;
const CONSUMER = 6;
const COUNT = 7;

/** Slots of a page: 128 KB. A slab never moves more than one page, however long it gets. */
const PAGE_BITS = 12;
const PAGE_SLOTS = 1 << PAGE_BITS;
const IN_PAGE = PAGE_SLOTS - 1;
/** A sequence number as a part of a millisecond, for a key: beyond 2^32 all are the same. */
const SEQ_IN_KEY = 2 ** -32;

/** The first page begins small and doubles: most groups have a few pending entries. */
const FIRST_PAGE_SLOTS = 8;

/** In the count's column: the count is in the map. */
const COUNT_IS_BIG = 2 ** 32 - 1;

interface Page {
  doubles: Float64Array;
  words: Uint32Array;
  slots: number;
  /** Slots of the page that were ever given out; the rest of it is untouched memory. */
  touched: number;
  live: number;
  /** Given back; linked through the consumer's word, as index in the page + 1. 0: none. */
  freeHead: number;
}

/**
 * Records of pending entries, named by slot numbers. A million of them are some hundred objects for the garbage
 * collector. Whoever holds a slot number frees it once.
 *
 * Slot 0, the probe, is never given out: an index is searched for an id by writing the id there.
 *
 * Cost: all O(1). Memory: 32 bytes a slot; a page that becomes empty is let go.
 */
export class PendingSlab {
  static readonly probe = 0;
  readonly #pages: (Page | undefined)[] = [];
  /** Page that slots are taken from. */
  #openPage = 0;
  /** Pages that may have room: looked at again when their turn comes. */
  readonly #roomyPages: number[] = [];
  readonly #unusedPages: number[] = [];
  readonly #wideIds = new Map<number, StreamId>();
  readonly #bigCounts = new Map<number, number | bigint>();
  readonly idOrder: SlotOrder = {
    compare: (a, b) => this.compareIds(a, b),
    keyOf: (slot) => this.#keyOfId(slot),
  };
  /** By delivery time, then by id. */
  readonly timeOrder: SlotOrder = {
    compare: (a, b) => this.compareTimes(a, b),
    keyOf: (slot) => this.deliveredAtMs(slot),
  };

  constructor() {
    this.#pages.push(makePage(FIRST_PAGE_SLOTS));
    this.take(); // the probe
  }

  /** A slot whose columns are to be set. */
  take(): number {
    let page = this.#page(this.#openPage << PAGE_BITS);
    if (page.freeHead === 0 && page.touched === page.slots) page = this.#nextOpenPage(page);
    page.live += 1;
    let index: number;
    if (page.freeHead === 0) {
      index = page.touched;
      page.touched += 1;
    } else {
      index = page.freeHead - 1;
      page.freeHead = page.words[index * RECORD_WORDS + CONSUMER] as number; // below `touched`
    }
    return (this.#openPage << PAGE_BITS) | index;
  }

  free(slot: number): void {
    if (this.#wideIds.size > 0) this.#wideIds.delete(slot);
    if (this.#bigCounts.size > 0) this.#bigCounts.delete(slot);
    const page = this.#page(slot);
    const pageIndex = slot >>> PAGE_BITS;
    const isOpen = pageIndex === this.#openPage;
    if (page.live === PAGE_SLOTS && !isOpen) this.#roomyPages.push(pageIndex);
    page.live -= 1;
    if (page.live === 0 && !isOpen) {
      this.#pages[pageIndex] = undefined;
      this.#unusedPages.push(pageIndex);
      return;
    }
    const index = slot & IN_PAGE;
    page.words[index * RECORD_WORDS + CONSUMER] = page.freeHead;
    page.freeHead = index + 1;
  }

  idOf(slot: number): StreamId {
    const { doubles } = this.#page(slot);
    const at = (slot & IN_PAGE) * RECORD_DOUBLES;
    const ms = doubles[at] as number; // a slot in use, as everywhere below
    const seq = doubles[at + SEQ] as number; // as above
    if (ms <= Number.MAX_SAFE_INTEGER && seq <= Number.MAX_SAFE_INTEGER) return { ms, seq };
    return this.#wideIds.get(slot) ?? { ms, seq };
  }

  setId(slot: number, id: StreamId): void {
    const { doubles } = this.#page(slot);
    const at = (slot & IN_PAGE) * RECORD_DOUBLES;
    doubles[at] = Number(id.ms);
    doubles[at + SEQ] = Number(id.seq);
    if (typeof id.ms === "bigint" || typeof id.seq === "bigint") this.#wideIds.set(slot, id);
  }

  /** Unix time; negative: a ticket of `putBack`. */
  deliveredAtMs(slot: number): number {
    const at = (slot & IN_PAGE) * RECORD_DOUBLES + DELIVERED_AT;
    return this.#page(slot).doubles[at] as number; // as above
  }

  setDeliveredAtMs(slot: number, deliveredAtMs: number): void {
    const at = (slot & IN_PAGE) * RECORD_DOUBLES + DELIVERED_AT;
    this.#page(slot).doubles[at] = deliveredAtMs;
  }

  consumerOf(slot: number): number {
    return this.#page(slot).words[(slot & IN_PAGE) * RECORD_WORDS + CONSUMER] as number; // as above
  }

  setConsumer(slot: number, consumer: number): void {
    this.#page(slot).words[(slot & IN_PAGE) * RECORD_WORDS + CONSUMER] = consumer;
  }

  deliveryCount(slot: number): number | bigint {
    const count = this.#page(slot).words[(slot & IN_PAGE) * RECORD_WORDS + COUNT] as number; // as above
    return count === COUNT_IS_BIG ? (this.#bigCounts.get(slot) ?? count) : count;
  }

  setDeliveryCount(slot: number, count: number | bigint): void {
    const isBig = count >= COUNT_IS_BIG;
    const at = (slot & IN_PAGE) * RECORD_WORDS + COUNT;
    this.#page(slot).words[at] = isBig ? COUNT_IS_BIG : Number(count);
    if (isBig) this.#bigCounts.set(slot, count);
    else if (this.#bigCounts.size > 0) this.#bigCounts.delete(slot);
  }

  /** Orders by id. Rounding to a double keeps the order, so only equal doubles beyond 2^53 need a second look. */
  compareIds(a: number, b: number): number {
    const left = this.#page(a).doubles;
    const right = this.#page(b).doubles;
    const leftAt = (a & IN_PAGE) * RECORD_DOUBLES;
    const rightAt = (b & IN_PAGE) * RECORD_DOUBLES;
    const ms = left[leftAt] as number; // as above
    const msOrder = ms - (right[rightAt] as number); // as above
    if (msOrder !== 0) return msOrder;
    const seq = left[leftAt + SEQ] as number; // as above
    const seqOrder = seq - (right[rightAt + SEQ] as number); // as above
    if (ms > Number.MAX_SAFE_INTEGER || (seqOrder === 0 && seq > Number.MAX_SAFE_INTEGER)) {
      return compareStreamIds(this.idOf(a), this.idOf(b));
    }
    return seqOrder;
  }

  /** Rises with the id: see `SlotOrder`. Exact enough to tell most ids apart, and never wrong. */
  #keyOfId(slot: number): number {
    const { doubles } = this.#page(slot);
    const at = (slot & IN_PAGE) * RECORD_DOUBLES;
    const seq = doubles[at + SEQ] as number; // as above
    return (doubles[at] as number) + Math.min(seq * SEQ_IN_KEY, 1); // as above
  }

  /** Orders by delivery time, then by id. */
  compareTimes(a: number, b: number): number {
    return this.deliveredAtMs(a) - this.deliveredAtMs(b) || this.compareIds(a, b);
  }

  #page(slot: number): Page {
    return this.#pages[slot >>> PAGE_BITS] as Page; // a slot in use keeps its page
  }

  /** Grows the first page, goes on to one that has room, or makes one. */
  #nextOpenPage(full: Page): Page {
    if (full.slots < PAGE_SLOTS) {
      growPage(full);
      return full;
    }
    for (;;) {
      const index = this.#roomyPages.pop();
      if (index === undefined) break;
      const page = this.#pages[index];
      if (page !== undefined && page.live < PAGE_SLOTS) {
        this.#openPage = index;
        return page;
      }
    }
    const page = makePage(PAGE_SLOTS);
    this.#openPage = this.#unusedPages.pop() ?? this.#pages.length;
    this.#pages[this.#openPage] = page;
    return page;
  }
}

function makePage(slots: number): Page {
  const buffer = new ArrayBuffer(slots * RECORD_DOUBLES * Float64Array.BYTES_PER_ELEMENT);
  const views = { doubles: new Float64Array(buffer), words: new Uint32Array(buffer) };
  return { ...views, slots, touched: 0, live: 0, freeHead: 0 };
}

function growPage(page: Page): void {
  const larger = makePage(page.slots * 2);
  larger.doubles.set(page.doubles);
  page.doubles = larger.doubles;
  page.words = larger.words;
  page.slots = larger.slots;
}
