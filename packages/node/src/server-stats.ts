import { Rate } from "./rate.ts";

/** Counters of one node, for INFO. CONFIG RESETSTAT zeroes them, by `reset`. */
export class ServerStats {
  connectionsReceived = 0;
  connectionsRejected = 0;
  commandsProcessed = 0;
  inputBytes = 0;
  outputBytes = 0;
  errorReplies = 0;
  /** Connections closed by `client-output-buffer-limit`. */
  outputLimitDisconnections = 0;
  /** Connections closed by `client-query-buffer-limit`. */
  queryLimitDisconnections = 0;
  peakOpsPerSecond = 0;
  /** The most that was seen in use, by the sampler; RESETSTAT leaves it, as in Redis. */
  peakMemoryBytes = 0;
  /** What the `instantaneous_*` fields show. Written by RateSampler. */
  readonly rates = { commands: new Rate(), inputBytes: new Rate(), outputBytes: new Rate() };

  reset(): void {
    const { peakMemoryBytes } = this;
    Object.assign(this, new ServerStats(), { peakMemoryBytes });
  }
}
