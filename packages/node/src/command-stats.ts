import { LatencyHistogram } from "./latency-histogram.ts";

/** What became of the calls of one command: INFO commandstats and latencystats. CONFIG RESETSTAT forgets it. */
export class CommandStats {
  /** Executed to the end, with success or not. */
  calls = 0;
  /** Of all calls together. */
  totalMs = 0;
  /** Refused before they ran. */
  rejected = 0;
  /** Answered with an error. */
  failed = 0;
  /** Made by the first call that is tracked: see `latency-tracking`. */
  latencies: LatencyHistogram | undefined;
  /** Calls in the run that CommandMeter has not shared out yet. */
  pending = 0;

  get isUsed(): boolean {
    return this.calls > 0 || this.rejected > 0 || this.failed > 0;
  }

  /** So many calls, each of which took so long. */
  record(durationMs: number, calls: number): void {
    this.latencies ??= new LatencyHistogram();
    this.latencies.record(durationMs, calls);
  }

  reset(): void {
    this.calls = 0;
    this.totalMs = 0;
    this.rejected = 0;
    this.failed = 0;
    this.latencies = undefined;
  }
}
