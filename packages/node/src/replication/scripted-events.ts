/** For tests: numbers that look random and are the same for the same seed. Source: mulberry32. */
export class Dice {
  #state: number;

  constructor(seed: number) {
    this.#state = seed | 0;
  }

  /** 0 ≤ x < 1. */
  roll(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  chance(probability: number): boolean {
    return this.roll() < probability;
  }

  /** Both ends belong to it. */
  between(min: number, max: number): number {
    return min + Math.floor(this.roll() * (max - min + 1));
  }

  pick<T>(from: readonly T[]): T | undefined {
    return from[Math.floor(this.roll() * from.length)];
  }
}

interface TimedEvent {
  readonly atMs: number;
  readonly run: () => void;
}

/** For tests: a clock that stands still until the next event. Events of one time run in the order of their making. */
export class EventQueue {
  nowMs = 0;
  /** Earliest last. */
  readonly #events: TimedEvent[] = [];

  after(delayMs: number, run: () => void): void {
    this.at(this.nowMs + delayMs, run);
  }

  at(atMs: number, run: () => void): void {
    let low = 0;
    let high = this.#events.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#events[middle]?.atMs ?? 0) > atMs) low = middle + 1;
      else high = middle;
    }
    this.#events.splice(low, 0, { atMs, run });
  }

  /** False: nothing is left. */
  step(): boolean {
    const event = this.#events.pop();
    if (event === undefined) return false;
    this.nowMs = Math.max(this.nowMs, event.atMs);
    event.run();
    return true;
  }
}
