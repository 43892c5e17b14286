/**
 * Counters that all load threads share, one row of cells for each kind and one cell for each thread, so that every
 * cell has one writer. 64 bits: at full speed 32 would wrap within the hour. Writers add once per batch or chunk.
 */
export class LoadCounters {
  readonly buffer: SharedArrayBuffer;
  readonly #cells: BigInt64Array;
  readonly #threads: number;

  /** `threads`: load threads of each kind. `buffer`: of the counters made by the thread that started this one. */
  constructor(threads: number, buffer = new SharedArrayBuffer(3 * threads * 8)) {
    this.#threads = threads;
    this.buffer = buffer;
    this.#cells = new BigInt64Array(buffer);
  }

  addPublished(thread: number, add: { readonly messages: number; readonly owed: number }): void {
    Atomics.add(this.#cells, thread, BigInt(add.messages));
    Atomics.add(this.#cells, this.#threads + thread, BigInt(add.owed));
  }

  addDelivered(thread: number, deliveries: number): void {
    Atomics.add(this.#cells, 2 * this.#threads + thread, BigInt(deliveries));
  }

  /** Messages published since the start of the load. */
  get published(): number {
    return this.#sum(0);
  }

  /** Deliveries that these messages owe: each counted once for each subscriber of its channel. */
  get owed(): number {
    return this.#sum(1);
  }

  get delivered(): number {
    return this.#sum(2);
  }

  #sum(kind: number): number {
    let sum = 0;
    for (let thread = 0; thread < this.#threads; thread += 1) {
      sum += Number(Atomics.load(this.#cells, kind * this.#threads + thread));
    }
    return sum;
  }
}
