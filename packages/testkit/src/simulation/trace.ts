/** What an event was, in the hash of a trace. Never renumbered: kept hashes would mean something else. */
export const TRACED = {
  delivery: 1,
  connect: 2,
  close: 3,
  tick: 4,
  write: 5,
  start: 6,
  end: 7,
  pause: 8,
  fault: 9,
  request: 10,
  answer: 11,
  facts: 12,
  commit: 13,
} as const;

/** Lines that are kept. More: the oldest go; what led to a violation is mostly nearer. */
const LINES_MAX = 50_000;

/**
 * What happened, as a hash that two runs of a seed must share, and as text for whoever reads about a violation. The
 * text costs more than the simulation, so it is written only when a seed is run again for it.
 */
export class Trace {
  readonly isReadable: boolean;
  readonly #nowMs: () => number;
  readonly #lines: string[] = [];
  #low = 0x811c9dc5;
  #high = 0x1b873593;

  constructor({
    isReadable,
    nowMs,
  }: {
    readonly isReadable: boolean;
    readonly nowMs: () => number;
  }) {
    this.isReadable = isReadable;
    this.#nowMs = nowMs;
  }

  /** Sixteen hex digits. */
  get hash(): string {
    return [this.#high, this.#low]
      .map((half) => (half >>> 0).toString(16).padStart(8, "0"))
      .join("");
  }

  /** The last ones, oldest first. */
  get lines(): readonly string[] {
    return this.#lines;
  }

  note(what: number, who: number, detail: number): void {
    this.#low = Math.imul(this.#low ^ what ^ (who << 8), 0x01000193) ^ (detail | 0);
    this.#high = Math.imul(this.#high ^ this.#low, 0xcc9e2d51) + (this.#low >>> 15);
  }

  event(atMs: number, order: number): void {
    this.note(0, order, atMs * 1000);
  }

  /** Only while `isReadable`: the caller asks first, or it would make texts for nothing. */
  say(who: string, text: string): void {
    this.#lines.push(`${this.#nowMs().toFixed(2).padStart(10)} ${who.padEnd(6)} ${text}`);
    if (this.#lines.length > LINES_MAX) this.#lines.shift();
  }
}
