import { own, type Bytes } from "@slotcast/protocol";
import { CHUNK_ELEMENTS, findIn, sealChunk, toSeek, unsealChunk, without } from "./list-chunk.ts";
import { ListMiddle, nearest, type ListEnd } from "./list-middle.ts";

/**
 * An open end longer than this seals the half next to the middle. Twice a chunk, so that pushes and pops
 * around the border do not pack and unpack a chunk each time.
 */
const OPEN_ELEMENTS_MAX = 2 * CHUNK_ELEMENTS;
/** Up to this many elements `Array.shift` is cheaper than handing half of them to the other end. */
const SHIFT_ELEMENTS_MAX = 16;

/** Indexes counted from 0 at the head, both included and inside the list. */
export interface ListRange {
  readonly start: number;
  readonly stop: number;
}

/**
 * A Redis list: a chunked deque of byte strings.
 *
 * ```
 *   head (open)          middle (sealed)            tail (open)
 *   [… 3 2 1 0]      [128] [128] … [128]          [n-2 n-1 n]
 *    ^ stored backwards: both open ends push and pop at the array's end
 * ```
 *
 * Cost: pushes and pops are O(1) amortised, and never touch more than one chunk; what is told an index walks
 * O(chunks) from the nearer end and rewrites one chunk; what looks for an element is O(n), a native search a
 * chunk; trimming is O(chunks dropped).
 * Memory: a 64-byte element takes 66 bytes in a sealed chunk (measured: bench/list.ts).
 *
 * Elements given are copied (see `own`). Elements handed out may be views of a chunk of up to 16 KB: fine to
 * write to a reply, to be owned when kept.
 */
export class List {
  #head: Bytes[] = [];
  #middle = new ListMiddle();
  #tail: Bytes[] = [];
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /** The list's index of the first element of the tail. */
  get #tailAt(): number {
    return this.#length - this.#tail.length;
  }

  pushHead(element: Bytes): void {
    this.#head.push(own(element));
    this.#length += 1;
    if (this.#head.length > OPEN_ELEMENTS_MAX) this.#sealHead();
  }

  pushTail(element: Bytes): void {
    this.#tail.push(own(element));
    this.#length += 1;
    if (this.#tail.length > OPEN_ELEMENTS_MAX) this.#sealTail();
  }

  /** `undefined` when the list is empty. */
  popHead(): Bytes | undefined {
    if (this.#length === 0) return undefined;
    if (this.#head.length === 0) {
      const chunk = this.#middle.popFront();
      if (chunk !== undefined) this.#head = unsealChunk(chunk).toReversed();
      else if (this.#tail.length > SHIFT_ELEMENTS_MAX) this.#head = takeHalf(this.#tail);
    }
    this.#length -= 1;
    return this.#head.length > 0 ? this.#head.pop() : this.#tail.shift();
  }

  /** `undefined` when the list is empty. */
  popTail(): Bytes | undefined {
    if (this.#length === 0) return undefined;
    if (this.#tail.length === 0) {
      const chunk = this.#middle.popBack();
      if (chunk !== undefined) this.#tail = unsealChunk(chunk);
      else if (this.#head.length > SHIFT_ELEMENTS_MAX) this.#tail = takeHalf(this.#head);
    }
    this.#length -= 1;
    return this.#tail.length > 0 ? this.#tail.pop() : this.#head.shift();
  }

  /** Changing the one does not change the other: chunks never change, and are shared. O(chunks). */
  clone(): List {
    const clone = new List();
    clone.#head = [...this.#head];
    clone.#middle = this.#middle.clone();
    clone.#tail = [...this.#tail];
    clone.#length = this.#length;
    return clone;
  }

  push(end: ListEnd, element: Bytes): void {
    if (end === "head") this.pushHead(element);
    else this.pushTail(element);
  }

  pop(end: ListEnd): Bytes | undefined {
    return end === "head" ? this.popHead() : this.popTail();
  }

  /** `undefined` outside 0..length-1. */
  at(index: number): Bytes | undefined {
    if (index < 0 || index >= this.#length) return undefined;
    const headLength = this.#head.length;
    if (index < headLength) return this.#head[headLength - 1 - index];
    if (index >= this.#tailAt) return this.#tail[index - this.#tailAt];
    return this.#middle.at(index - headLength);
  }

  /** The index must be in 0..length-1. */
  set(index: number, element: Bytes): void {
    const headLength = this.#head.length;
    if (index < headLength) this.#head[headLength - 1 - index] = own(element);
    else if (index >= this.#tailAt) this.#tail[index - this.#tailAt] = own(element);
    else this.#middle.set(index - headLength, element);
  }

  /** The element gets this index, which must be in 0..length. */
  insert(index: number, element: Bytes): void {
    const headLength = this.#head.length;
    if (index <= headLength) {
      this.#head.splice(headLength - index, 0, own(element));
      if (this.#head.length > OPEN_ELEMENTS_MAX) this.#sealHead();
    } else if (index >= this.#tailAt) {
      this.#tail.splice(index - this.#tailAt, 0, own(element));
      if (this.#tail.length > OPEN_ELEMENTS_MAX) this.#sealTail();
    } else {
      this.#middle.insert(index - headLength, element);
    }
    this.#length += 1;
  }

  /** Removes up to `countMax` elements equal to it, the ones nearest to `from`. Returns how many. */
  remove(
    element: Bytes,
    { from, countMax }: { readonly from: ListEnd; readonly countMax: number },
  ): number {
    const sought = toSeek(element);
    const parts: readonly ((most: number) => number)[] = [
      (most) => {
        const isNearEnd = from === "head" ? "tail" : "head";
        const positions = nearest(findIn(this.#head, element), { from: isNearEnd, countMax: most });
        if (positions.length > 0) this.#head = without(this.#head, positions);
        return positions.length;
      },
      (most) => this.#middle.remove(sought, { from, countMax: most }),
      (most) => {
        const positions = nearest(findIn(this.#tail, element), { from, countMax: most });
        if (positions.length > 0) this.#tail = without(this.#tail, positions);
        return positions.length;
      },
    ];
    let removed = 0;
    for (const removeFrom of from === "head" ? parts : parts.toReversed()) {
      if (removed < countMax) removed += removeFrom(countMax - removed);
    }
    this.#length -= removed;
    return removed;
  }

  /** Keeps the range only. */
  trim({ start, stop }: ListRange): void {
    this.#dropTail(this.#length - 1 - stop);
    this.#dropHead(start);
  }

  /** The elements of the range, in order; none when start > stop. The visitor must not change the list. */
  forEachInRange({ start, stop }: ListRange, visit: (element: Bytes) => void): void {
    const headLength = this.#head.length;
    const tailAt = this.#tailAt;
    for (let index = start; index < headLength && index <= stop; index += 1) {
      visit(this.#head[headLength - 1 - index] as Bytes); // below its length
    }
    const first = Math.max(start, headLength);
    const last = Math.min(stop, tailAt - 1);
    if (first <= last) {
      this.#middle.forEachInRange({ start: first - headLength, stop: last - headLength }, visit);
    }
    for (let index = Math.max(start, tailAt); index <= stop; index += 1) {
      visit(this.#tail[index - tailAt] as Bytes); // the range ends inside the list
    }
  }

  /**
   * Indexes in the range that hold the element, in order from one end of it, until the visitor returns false.
   * The visitor must not change the list.
   */
  find(
    element: Bytes,
    { start, stop, from }: ListRange & { readonly from: ListEnd },
    visit: (index: number) => boolean,
  ): void {
    const headLength = this.#head.length;
    const tailAt = this.#tailAt;
    const offer = (ascending: readonly number[]): boolean =>
      (from === "head" ? ascending : ascending.toReversed()).every(
        (index) => index < start || index > stop || visit(index),
      );
    const parts: readonly (() => boolean)[] = [
      () => {
        const found = start < headLength ? findIn(this.#head, element) : [];
        return offer(found.map((at) => headLength - 1 - at).toReversed());
      },
      () => {
        const first = Math.max(start, headLength) - headLength;
        const last = Math.min(stop, tailAt - 1) - headLength;
        if (first > last) return true;
        const range = { start: first, stop: last, from };
        return this.#middle.find(toSeek(element), range, (found) =>
          offer(found.map((at) => headLength + at)),
        );
      },
      () => {
        const found = stop >= tailAt ? findIn(this.#tail, element) : [];
        return offer(found.map((at) => tailAt + at));
      },
    ];
    (from === "head" ? parts : parts.toReversed()).every((findInPart) => findInPart());
  }

  #sealHead(): void {
    this.#middle.pushFront(sealChunk(this.#head.splice(0, CHUNK_ELEMENTS).toReversed()));
  }

  #sealTail(): void {
    this.#middle.pushBack(sealChunk(this.#tail.splice(0, CHUNK_ELEMENTS)));
  }

  /** The first `count` elements; whole chunks go unread. */
  #dropHead(count: number): void {
    const beyond = count - this.#head.length;
    this.#length -= count;
    if (beyond < 0) {
      this.#head.length -= count;
    } else if (beyond < this.#middle.length) {
      this.#head = this.#middle.dropFront(beyond).toReversed();
    } else {
      this.#tail.splice(0, beyond - this.#middle.length);
      this.#middle = new ListMiddle();
      this.#head = [];
    }
  }

  #dropTail(count: number): void {
    const beyond = count - this.#tail.length;
    this.#length -= count;
    if (beyond < 0) {
      this.#tail.length -= count;
    } else if (beyond < this.#middle.length) {
      this.#tail = this.#middle.dropBack(beyond);
    } else {
      this.#head.splice(0, beyond - this.#middle.length);
      this.#middle = new ListMiddle();
      this.#tail = [];
    }
  }
}

/**
 * Moves the far half of one open end to the other, which was found empty. Half, not all: pops from both ends
 * in turn would otherwise carry everything back and forth.
 */
function takeHalf(elements: Bytes[]): Bytes[] {
  return elements.splice(0, Math.ceil(elements.length / 2)).toReversed();
}
