import type { Config } from "./config/config.ts";
import { LATENCY_SAMPLES_MAX } from "./limits.ts";

/** What may hold the process up: a command, one that is flagged fast, active expiry, V8 collecting garbage. */
export type LatencyEvent = "command" | "fast-command" | "expire-cycle" | "eviction-cycle" | "gc";

/** The worst of one second. */
export interface LatencySample {
  /** Unix time. */
  readonly atSeconds: number;
  durationMs: number;
}

/** What is known of one event. */
export interface LatencySeries {
  /** The oldest first, at most LATENCY_SAMPLES_MAX. */
  readonly samples: readonly LatencySample[];
  readonly worstMs: number;
}

/**
 * Remembers what took longer than `latency-monitor-threshold`: LATENCY shows it. Off by default.
 * Source: Redis 7.0 src/latency.c, latencyAddSample.
 */
export class LatencyMonitor {
  /** 0: off. */
  thresholdMs: number;
  readonly #series = new Map<LatencyEvent, { samples: LatencySample[]; worstMs: number }>();

  constructor(config: Config) {
    this.thresholdMs = config.get("latency-monitor-threshold");
    config.onChange("latency-monitor-threshold", (thresholdMs) => {
      this.thresholdMs = thresholdMs;
    });
  }

  /** In order of their first appearance. */
  get events(): readonly (readonly [event: LatencyEvent, series: LatencySeries])[] {
    return [...this.#series];
  }

  series(event: string): LatencySeries | undefined {
    return this.events.find(([name]) => name === event)?.[1];
  }

  /** Nothing happens below the threshold. */
  note(event: LatencyEvent, exactMs: number, nowMs: number): void {
    if (this.thresholdMs === 0 || exactMs < this.thresholdMs) return;
    const durationMs = Math.floor(exactMs);
    const atSeconds = Math.floor(nowMs / 1000);
    let series = this.#series.get(event);
    if (series === undefined) this.#series.set(event, (series = { samples: [], worstMs: 0 }));
    series.worstMs = Math.max(series.worstMs, durationMs);
    const latest = series.samples.at(-1);
    if (latest?.atSeconds === atSeconds) {
      latest.durationMs = Math.max(latest.durationMs, durationMs);
      return;
    }
    series.samples.push({ atSeconds, durationMs });
    if (series.samples.length > LATENCY_SAMPLES_MAX) series.samples.shift();
  }

  /** False when there was nothing to forget. Any case, as Redis. */
  forget(event: string): boolean {
    const found = this.events.find(([name]) => name === event.toLowerCase());
    return found !== undefined && this.#series.delete(found[0]);
  }
}
