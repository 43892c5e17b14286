import { PerformanceObserver } from "node:perf_hooks";
import type { Config } from "./config/config.ts";
import type { LatencyMonitor } from "./latency-monitor.ts";

/**
 * Tells the latency monitor how long V8 held everything up to collect garbage. Listens only while the monitor is on:
 * each collection then costs a record.
 */
export class GcPauses {
  readonly #config: Config;
  readonly #observer: PerformanceObserver;

  constructor(config: Config, latency: LatencyMonitor) {
    this.#config = config;
    this.#observer = new PerformanceObserver((list) => {
      for (const { duration } of list.getEntries()) latency.note("gc", duration, Date.now());
    });
  }

  start(): void {
    this.#follow(this.#config.get("latency-monitor-threshold"));
    this.#config.onChange("latency-monitor-threshold", (thresholdMs) => {
      this.#follow(thresholdMs);
    });
  }

  stop(): void {
    this.#observer.disconnect();
  }

  #follow(thresholdMs: number): void {
    this.#observer.disconnect();
    if (thresholdMs > 0) this.#observer.observe({ entryTypes: ["gc"] });
  }
}
