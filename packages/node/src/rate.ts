/** As many as Redis takes (7.0 src/server.h, STATS_METRIC_SAMPLES): 1.6 s at ten a second. */
const SAMPLES = 16;

/**
 * How fast a counter grows: the average over the latest samples. The first reading only sets the start; until
 * all samples are taken, the missing ones count as nothing, as in Redis.
 */
export class Rate {
  readonly #samples = new Array<number>(SAMPLES).fill(0);
  #next = 0;
  #total = 0;
  /** Unix time of the latest reading; 0: none yet. */
  #readAtMs = 0;

  /** `total` is the counter itself. A second reading in the same millisecond is ignored. */
  record(total: number, nowMs: number): void {
    const elapsedMs = nowMs - this.#readAtMs;
    if (elapsedMs === 0) return;
    // Not after the first reading, nor when the clock was set back: there is no rate to tell then.
    if (this.#readAtMs !== 0 && elapsedMs > 0) {
      this.#samples[this.#next] = ((total - this.#total) * 1000) / elapsedMs;
      this.#next = (this.#next + 1) % SAMPLES;
    }
    this.#total = total;
    this.#readAtMs = nowMs;
  }

  get perSecond(): number {
    return this.#samples.reduce((sum, sample) => sum + sample, 0) / SAMPLES;
  }
}
