interface Due {
  readonly atMs: number;
  /** Of two at the same time, the one that was asked for first comes first. */
  readonly order: number;
  readonly run: () => void;
}

/**
 * Time that passes only when nothing is left to do: a queue of what is due. The true time of a simulation, which no
 * node can see; each has a clock of its own.
 *
 * Cost: O(log what is due) for each event. Source: a binary heap.
 */
export class VirtualClock {
  /** Told before each event; for the trace. */
  onEvent: (atMs: number, order: number) => void = () => {};
  #nowMs = 0;
  #order = 0;
  readonly #heap: Due[] = [];

  get nowMs(): number {
    return this.#nowMs;
  }

  /** How many events there were and will be. */
  get events(): number {
    return this.#order;
  }

  /** Not before now. */
  at(atMs: number, run: () => void): void {
    this.#order += 1;
    this.#push({ atMs: Math.max(atMs, this.#nowMs), order: this.#order, run });
  }

  after(delayMs: number, run: () => void): void {
    this.at(this.#nowMs + delayMs, run);
  }

  /** All that is due up to then, in its order. */
  runUntil(endMs: number): void {
    for (let next = this.#heap[0]; next !== undefined && next.atMs <= endMs; next = this.#heap[0]) {
      this.#dropFirst();
      this.#nowMs = next.atMs;
      this.onEvent(next.atMs, next.order);
      next.run();
    }
    this.#nowMs = endMs;
  }

  #push(due: Due): void {
    const heap = this.#heap;
    let index = heap.length;
    heap.push(due);
    while (index > 0) {
      const parentIndex = (index - 1) >>> 1;
      const parent = heap[parentIndex];
      if (parent === undefined || !isBefore(due, parent)) break;
      heap[index] = parent;
      index = parentIndex;
    }
    heap[index] = due;
  }

  #dropFirst(): void {
    const heap = this.#heap;
    const last = heap.pop();
    const { length } = heap;
    if (last === undefined || length === 0) return;
    let index = 0;
    for (;;) {
      let childIndex = 2 * index + 1;
      let child = heap[childIndex];
      if (child === undefined) break;
      const right = heap[childIndex + 1];
      if (right !== undefined && isBefore(right, child)) {
        child = right;
        childIndex += 1;
      }
      if (!isBefore(child, last)) break;
      heap[index] = child;
      index = childIndex;
    }
    heap[index] = last;
  }
}

function isBefore(left: Due, right: Due): boolean {
  return left.atMs < right.atMs || (left.atMs === right.atMs && left.order < right.order);
}
