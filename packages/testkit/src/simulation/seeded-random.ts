/**
 * Chance that a seed decides: the same seed draws the same numbers. Each part of a simulation draws from a fork of its
 * own, so that one part drawing more often does not change what the others draw.
 * Source: Mulberry32, Tommy Ettinger.
 */
export class SeededRandom {
  readonly #seed: number;
  #state: number;

  constructor(seed: number) {
    this.#seed = seed >>> 0;
    this.#state = this.#seed;
  }

  /** From 0 to below 1. */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    const state = this.#state;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  /** A whole number from 0 to below `count`. */
  below(count: number): number {
    return Math.floor(this.next() * count);
  }

  between(low: number, high: number): number {
    return low + this.next() * (high - low);
  }

  /** Small ones are as likely as large ones: for times from milliseconds to seconds. */
  betweenByScale(low: number, high: number): number {
    return low * (high / low) ** this.next();
  }

  chance(probability: number): boolean {
    return this.next() < probability;
  }

  pick<T>(items: readonly [T, ...T[]]): T {
    return items[this.below(items.length)] ?? items[0];
  }

  /** `undefined`: of nothing. */
  pickFrom<T>(items: readonly T[]): T | undefined {
    return items[this.below(items.length)];
  }

  shuffled<T>(items: readonly T[]): T[] {
    return items
      .map((item) => ({ item, order: this.next() }))
      .sort((left, right) => left.order - right.order)
      .map(({ item }) => item);
  }

  /** Depends on the seed and the name, not on what was drawn so far. */
  fork(name: string): SeededRandom {
    let seed = this.#seed ^ 0x9e3779b9;
    for (let index = 0; index < name.length; index += 1) {
      seed = Math.imul(seed ^ name.charCodeAt(index), 0x85ebca6b);
      seed ^= seed >>> 13;
    }
    return new SeededRandom(seed);
  }
}
