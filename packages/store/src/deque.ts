/** Smallest ring: most lists and streams have few chunks. A power of two, as every size of the ring. */
const SLOTS_MIN = 4;

/**
 * A double-ended queue on a ring buffer. The spine under the chunks of a list and the nodes of a stream.
 *
 * Cost: both ends, `at` and `replaceAt` are O(1) amortised; `insertAt` and `removeAt` move the shorter side. The
 * ring doubles when full and halves at a quarter, so a queue that was once long does not stay big.
 */
export class Deque<T> {
  #slots: (T | undefined)[] = [];
  /** Slot of the first element. The ring's size is a power of two: `& (size - 1)` wraps around. */
  #head = 0;
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /** `undefined` outside 0..length-1. */
  at(index: number): T | undefined {
    if (index < 0 || index >= this.#length) return undefined;
    return this.#slots[this.#slotOf(index)];
  }

  pushBack(element: T): void {
    if (this.#length === this.#slots.length) this.#resize(this.#length * 2);
    this.#slots[this.#slotOf(this.#length)] = element;
    this.#length += 1;
  }

  pushFront(element: T): void {
    if (this.#length === this.#slots.length) this.#resize(this.#length * 2);
    this.#head = this.#slotOf(-1);
    this.#slots[this.#head] = element;
    this.#length += 1;
  }

  popFront(): T | undefined {
    if (this.#length === 0) return undefined;
    const element = this.#slots[this.#head];
    this.#slots[this.#head] = undefined;
    this.#head = this.#slotOf(1);
    this.#shrinkBy1();
    return element;
  }

  popBack(): T | undefined {
    if (this.#length === 0) return undefined;
    const last = this.#slotOf(this.#length - 1);
    const element = this.#slots[last];
    this.#slots[last] = undefined;
    this.#shrinkBy1();
    return element;
  }

  /** The index must be in 0..length-1. */
  replaceAt(index: number, element: T): void {
    this.#slots[this.#slotOf(index)] = element;
  }

  /** The element gets this index, which must be in 0..length. */
  insertAt(index: number, element: T): void {
    if (index < this.#length / 2) {
      this.pushFront(element);
      for (let at = 0; at < index; at += 1) this.#move({ from: at + 1, to: at });
    } else {
      this.pushBack(element);
      for (let at = this.#length - 1; at > index; at -= 1) this.#move({ from: at - 1, to: at });
    }
    this.replaceAt(index, element);
  }

  /** The index must be in 0..length-1. */
  removeAt(index: number): void {
    if (index < this.#length / 2) {
      for (let at = index; at > 0; at -= 1) this.#move({ from: at - 1, to: at });
      this.popFront();
    } else {
      for (let at = index; at < this.#length - 1; at += 1) this.#move({ from: at + 1, to: at });
      this.popBack();
    }
  }

  #slotOf(index: number): number {
    return (this.#head + index) & (this.#slots.length - 1);
  }

  #move({ from, to }: { from: number; to: number }): void {
    this.#slots[this.#slotOf(to)] = this.#slots[this.#slotOf(from)];
  }

  #shrinkBy1(): void {
    this.#length -= 1;
    const size = this.#slots.length;
    if (size > SLOTS_MIN && this.#length <= size / 4) this.#resize(size / 2);
  }

  #resize(size: number): void {
    const slots = Array.from<T | undefined>({ length: Math.max(size, SLOTS_MIN) });
    for (let index = 0; index < this.#length; index += 1) slots[index] = this.at(index);
    this.#slots = slots;
    this.#head = 0;
  }
}
