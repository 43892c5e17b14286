import assert from "node:assert/strict";
import { own, type Bytes } from "@slotcast/protocol";
import { Consumer } from "./consumer.ts";
import { idleShiftMs, type GroupPolicy } from "./group-policy.ts";
import { OrderedSlots } from "./ordered-slots.ts";
import { PendingSlab } from "./pending-slab.ts";
import { compareStreamIds, type StreamId } from "./stream-id.ts";

/** The consumer's number of entries that are nobody's. */
const NOBODY = 0;
/** Tickets of entries that are nobody's: all below every time, and the later the higher. */
const FIRST_TICKET = -(2 ** 52);
/** Deleting a consumer that has more than this part of all entries goes through all of them once. */
const ONE_PASS_PART = 1 / 16;

/** How many times it may be told; beyond 2^53-1 a bigint. Redis saturates at 2^63-1, and so does `nextCount`. */
export type DeliveryCount = number | bigint;
export const DELIVERY_COUNT_MAX = 2n ** 63n - 1n;

/** An entry that was delivered and not acknowledged, as it was when asked for. */
export interface PendingEntry {
  readonly id: StreamId;
  /** `undefined`: it was put back and is nobody's until it is claimed. */
  readonly consumer: Consumer | undefined;
  /** Unix time of the last delivery; -Infinity when nobody's: idle for longer than anybody can ask. */
  readonly deliveredAtMs: number;
  readonly deliveryCount: DeliveryCount;
}

/** False ends the visit. The visitor must not change the group. */
export type PendingVisitor = (entry: PendingEntry) => boolean;

/**
 * A consumer group of a stream: how far it has read, and the pending entries list (PEL), which is what its
 * consumers were given and have not acknowledged.
 *
 * ```
 *   slab        one record a pending entry                   slot numbers in three orders:
 *   byId        the group's PEL                              XACK, XPENDING
 *   byTime      the same, nobody's first, then oldest first  who is idle: XAUTOCLAIM, CLAIM
 *   consumer.pending, by id                                  its history, XPENDING of a consumer
 * ```
 *
 * Redis keeps two radix trees that share an object per entry, and looks for idle ones by scanning. An id may stay
 * pending after its entry was deleted or trimmed from the stream (a ghost), as in Redis.
 *
 * Cost: a delivery above all others is O(1); everything by id is O(log pending).
 * Memory: 46 bytes a pending entry, where Redis takes 84 (measured: bench/consumer-group.ts). Owner: its stream.
 */
export class ConsumerGroup {
  /** XREADGROUP `>` goes on above it. */
  lastDeliveredId: StreamId;
  /** The logical read counter of Redis: which entry ever added the last delivered one was; `undefined`: unknown. */
  entriesRead: number | undefined;
  /** The last dead letter could not be written: it was told once. */
  deadLettersAreRefused = false;
  /** Unix time before which no consumer can have been silent for the policy's CONSUMERTTL. */
  nextSilentMs = 0;
  readonly #slab = new PendingSlab();
  readonly #byId = new OrderedSlots(this.#slab.idOrder);
  readonly #byTime = new OrderedSlots(this.#slab.timeOrder);
  readonly #consumers = new Map<Bytes, Consumer>();
  /** By number; index 0 is nobody. */
  readonly #byNumber: (Consumer | undefined)[] = [undefined];
  readonly #unusedNumbers: number[] = [];
  #unownedCount = 0;
  #nextTicket = FIRST_TICKET;
  #policy: GroupPolicy | undefined;

  constructor(options: {
    readonly lastDeliveredId: StreamId;
    readonly entriesRead: number | undefined;
  }) {
    this.lastDeliveredId = options.lastDeliveredId;
    this.entriesRead = options.entriesRead;
  }

  /** `undefined`: the group does what Redis does. */
  get policy(): GroupPolicy | undefined {
    return this.#policy;
  }

  /** With a retry delay, before or after, all pending entries are put in order again: O(n log n). */
  setPolicy(policy: GroupPolicy | undefined): void {
    const before = this.#policy;
    this.#policy = policy;
    this.nextSilentMs = 0;
    this.deadLettersAreRefused = false;
    if (before?.retryDelayMs === undefined && policy?.retryDelayMs === undefined) return;
    const slots: number[] = [];
    this.#byTime.forEachFrom(undefined, (slot) => slots.push(slot) > 0);
    this.#byTime.retain(() => false);
    for (const slot of slots) {
      const timeMs = this.#slab.deliveredAtMs(slot);
      const sinceMs = timeMs < 0 ? undefined : timeMs - this.#idleShift(slot, before);
      this.#setTime(slot, sinceMs);
    }
    slots.sort((a, b) => this.#slab.compareTimes(a, b));
    for (const slot of slots) this.#byTime.add(slot);
  }

  /** Nobody's included. */
  get pendingCount(): number {
    return this.#byId.length;
  }

  /** Pending entries that are nobody's. */
  get unownedCount(): number {
    return this.#unownedCount;
  }

  get consumerCount(): number {
    return this.#consumers.size;
  }

  consumer(name: Bytes): Consumer | undefined {
    return this.#consumers.get(name);
  }

  /** In byte order of their names, as Redis lists them. O(n log n). */
  consumers(): Consumer[] {
    return [...this.#consumers.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  /** The name must be free. */
  createConsumer(name: Bytes, nowMs: number): Consumer {
    const kept = own(name);
    const number = this.#unusedNumbers.pop() ?? this.#byNumber.length;
    const pending = new OrderedSlots(this.#slab.idOrder);
    const consumer = new Consumer({ name: kept, number, nowMs, pending });
    assert(!this.#consumers.has(kept), "a consumer is created once");
    this.#consumers.set(kept, consumer);
    this.#byNumber[number] = consumer;
    return consumer;
  }

  /** Its pending entries are forgotten: nobody will get them any more. Returns how many; `undefined`: no such consumer. */
  deleteConsumer(name: Bytes): number | undefined {
    const consumer = this.#consumers.get(name);
    if (consumer === undefined) return undefined;
    const { number, pending, pendingCount } = consumer;
    const slots: number[] = [];
    pending.forEachFrom(undefined, (slot) => slots.push(slot) > 0);
    if (pendingCount > this.pendingCount * ONE_PASS_PART) {
      const isOther = (slot: number): boolean => this.#slab.consumerOf(slot) !== number;
      this.#byId.retain(isOther);
      this.#byTime.retain(isOther);
    } else {
      for (const slot of slots) {
        this.#byId.remove(slot);
        this.#byTime.remove(slot);
      }
    }
    for (const slot of slots) this.#slab.free(slot);
    this.#consumers.delete(name);
    this.#byNumber[number] = undefined;
    this.#unusedNumbers.push(number);
    return pendingCount;
  }

  /** The first delivery of an entry. One that is pending already (after XGROUP SETID) changes hands. */
  deliver(id: StreamId, consumer: Consumer, nowMs: number): void {
    this.claim(id, { consumer, deliveredAtMs: nowMs, deliveryCount: 1 });
  }

  /** The entry is this consumer's from now on, whoever's it was, and pending even if it was not. */
  claim(id: StreamId, pending: Omit<PendingEntry, "id"> & { readonly consumer: Consumer }): void {
    const { consumer, deliveredAtMs, deliveryCount } = pending;
    const slot = this.#slotFor(id, consumer.number);
    this.#slab.setDeliveryCount(slot, deliveryCount);
    this.#setTime(slot, deliveredAtMs);
    this.#byTime.add(slot);
  }

  /**
   * The entry is nobody's from now on, and pending even if it was not; those put back earlier come before it. A
   * retry delay counts from `nowMs`; without one of the two it may be claimed at once.
   */
  putBack(id: StreamId, deliveryCount: DeliveryCount, nowMs?: number): void {
    const slot = this.#slotFor(id, NOBODY);
    this.#slab.setDeliveryCount(slot, deliveryCount);
    this.#setTime(slot, nowMs);
    this.#byTime.add(slot);
  }

  /** It is not pending any more. False: it was not. */
  acknowledge(id: StreamId): boolean {
    const slot = this.#byId.take(this.#probe(id));
    if (slot === undefined) return false;
    const consumer = this.#byNumber[this.#slab.consumerOf(slot)];
    if (consumer === undefined) this.#unownedCount -= 1;
    else consumer.pending.remove(slot);
    this.#byTime.remove(slot);
    this.#slab.free(slot);
    return true;
  }

  isPending(id: StreamId): boolean {
    return this.#slotOf(id) !== undefined;
  }

  find(id: StreamId): PendingEntry | undefined {
    const slot = this.#slotOf(id);
    return slot === undefined ? undefined : this.#entry(slot);
  }

  /** The pending entry with the lowest id that is not below this one: to go on after changes. */
  firstPendingFrom(id: StreamId): PendingEntry | undefined {
    const slot = this.#byId.firstFrom(this.#probe(id));
    return slot === undefined ? undefined : this.#entry(slot);
  }

  /** Lowest and highest pending id. */
  pendingBounds(): readonly [StreamId, StreamId] | undefined {
    const first = this.#byId.first();
    const last = this.#byId.last();
    if (first === undefined || last === undefined) return undefined;
    return [this.#slab.idOf(first), this.#slab.idOf(last)];
  }

  /** From low to high ids, both ends included; only one consumer's when `consumer` is there. */
  forEachPending(
    range: {
      readonly from: StreamId;
      readonly to: StreamId;
      readonly consumer?: Consumer | undefined;
    },
    visit: PendingVisitor,
  ): void {
    const index = range.consumer === undefined ? this.#byId : range.consumer.pending;
    index.forEachFrom(this.#probe(range.from), (slot) => {
      const entry = this.#entry(slot);
      return compareStreamIds(entry.id, range.to) <= 0 && visit(entry);
    });
  }

  /**
   * Those delivered at `untilMs` or before: first nobody's, those put back first at the front, then by the time of
   * delivery. A retry delay makes an entry younger: see `idleShiftMs`. Costs what is visited, however many are
   * pending.
   */
  forEachIdle(untilMs: number, visit: PendingVisitor): void {
    this.#byTime.forEachFrom(undefined, (slot) => {
      const timeMs = this.#slab.deliveredAtMs(slot);
      // A ticket is before every time, however long ago that is.
      return (timeMs <= untilMs || timeMs < 0) && visit(this.#entry(slot));
    });
  }

  /**
   * Pending entries that are nobody's, in the order in which they will be offered. `putBackAtMs` is what a retry
   * delay counts from; `undefined`: they are offered at once. O(pending).
   */
  forEachUnowned(visit: (entry: PendingEntry, putBackAtMs: number | undefined) => void): void {
    let left = this.#unownedCount;
    if (left === 0) return;
    this.#byTime.forEachFrom(undefined, (slot) => {
      if (this.#slab.consumerOf(slot) !== NOBODY) return true;
      const timeMs = this.#slab.deliveredAtMs(slot);
      const isTicket = timeMs < 0;
      visit(this.#entry(slot), isTicket ? undefined : timeMs - this.#idleShift(slot, this.#policy));
      left -= 1;
      return left > 0;
    });
  }

  /**
   * Unix time of the delivery that is longest ago; -Infinity when an entry is nobody's. `undefined`: nothing pends.
   * With a retry delay it is the first time that `forEachIdle` goes by.
   */
  oldestDeliveryMs(): number | undefined {
    const slot = this.#byTime.first();
    if (slot === undefined) return undefined;
    const timeMs = this.#slab.deliveredAtMs(slot);
    return timeMs < 0 ? Number.NEGATIVE_INFINITY : timeMs;
  }

  /** Its slot, taken out of `#byTime`, with its owner set and everything in order but time and count. */
  #slotFor(id: StreamId, owner: number): number {
    const slab = this.#slab;
    const last = this.#byId.last();
    // A delivery goes above all others, so nearly always a comparison tells that it is new.
    const found =
      last !== undefined && slab.compareIds(last, this.#probe(id)) >= 0
        ? this.#slotOf(id)
        : undefined;
    if (found !== undefined) {
      this.#byTime.remove(found);
      const before = slab.consumerOf(found);
      if (before === owner) return found;
      if (before === NOBODY) this.#unownedCount -= 1;
      else this.#byNumber[before]?.pending.remove(found);
    }
    const slot = found ?? slab.take();
    if (found === undefined) {
      slab.setId(slot, id);
      this.#byId.add(slot);
    }
    slab.setConsumer(slot, owner);
    if (owner === NOBODY) this.#unownedCount += 1;
    else this.#byNumber[owner]?.pending.add(slot);
    return slot;
  }

  #slotOf(id: StreamId): number | undefined {
    return this.#byId.find(this.#probe(id));
  }

  #probe(id: StreamId): number {
    this.#slab.setId(PendingSlab.probe, id);
    return PendingSlab.probe;
  }

  /** Its place in the order of time, by owner and count. `undefined`: before all times. */
  #setTime(slot: number, sinceMs: number | undefined): void {
    const hasTime =
      this.#slab.consumerOf(slot) !== NOBODY || this.#policy?.retryDelayMs !== undefined;
    if (hasTime && sinceMs !== undefined) {
      this.#slab.setDeliveredAtMs(slot, sinceMs + this.#idleShift(slot, this.#policy));
    } else {
      this.#slab.setDeliveredAtMs(slot, this.#nextTicket);
      this.#nextTicket += 1;
    }
  }

  #idleShift(slot: number, policy: GroupPolicy | undefined): number {
    if (policy?.retryDelayMs === undefined) return 0;
    const isNobodys = this.#slab.consumerOf(slot) === NOBODY;
    return idleShiftMs(policy, { isNobodys, deliveryCount: this.#slab.deliveryCount(slot) });
  }

  #deliveryTime(slot: number): number {
    const isNobodys = this.#slab.consumerOf(slot) === NOBODY;
    if (isNobodys) return Number.NEGATIVE_INFINITY;
    return this.#slab.deliveredAtMs(slot) - this.#idleShift(slot, this.#policy);
  }

  #entry(slot: number): PendingEntry {
    return {
      id: this.#slab.idOf(slot),
      consumer: this.#byNumber[this.#slab.consumerOf(slot)],
      deliveredAtMs: this.#deliveryTime(slot),
      deliveryCount: this.#slab.deliveryCount(slot),
    };
  }
}

/** One delivery more. */
export function nextDeliveryCount(count: DeliveryCount): DeliveryCount {
  if (typeof count === "number" && count < Number.MAX_SAFE_INTEGER) return count + 1;
  const next = BigInt(count) + 1n;
  return next > DELIVERY_COUNT_MAX ? DELIVERY_COUNT_MAX : next;
}
