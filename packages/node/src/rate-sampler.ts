import type { ServerStats } from "./server-stats.ts";

const SAMPLE_INTERVAL_MS = 100;

/**
 * Feeds the `instantaneous_*` fields and the peaks of INFO: looks at the counters ten times a second.
 * Source: Redis 7.0 src/server.c, trackInstantaneousMetric.
 */
export class RateSampler {
  readonly #stats: ServerStats;
  readonly #usedBytes: () => number;
  #timer: NodeJS.Timeout | undefined;

  constructor(stats: ServerStats, usedBytes: () => number) {
    this.#stats = stats;
    this.#usedBytes = usedBytes;
  }

  start(): void {
    this.sample(Date.now());
    this.#timer = setInterval(() => {
      this.sample(Date.now());
    }, SAMPLE_INTERVAL_MS);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  sample(nowMs: number): void {
    const stats = this.#stats;
    const { rates } = stats;
    rates.commands.record(stats.commandsProcessed, nowMs);
    rates.inputBytes.record(stats.inputBytes, nowMs);
    rates.outputBytes.record(stats.outputBytes, nowMs);
    stats.peakOpsPerSecond = Math.max(stats.peakOpsPerSecond, rates.commands.perSecond);
    stats.peakMemoryBytes = Math.max(stats.peakMemoryBytes, this.#usedBytes());
    stats.residentBytes = process.memoryUsage.rss();
  }
}
