import { ErrorStats } from "./error-stats.ts";
import { Rate } from "./rate.ts";
import { usedMemoryBytes } from "./used-memory.ts";

/** Counters of one node, for INFO. CONFIG RESETSTAT zeroes them, by `reset`. */
export class ServerStats {
  connectionsReceived = 0;
  connectionsRejected = 0;
  commandsProcessed = 0;
  inputBytes = 0;
  outputBytes = 0;
  errorReplies = 0;
  /** The same, by kind. */
  readonly errors = new ErrorStats();
  /** Connections closed by `client-output-buffer-limit`. */
  outputLimitDisconnections = 0;
  /** Connections closed by `client-query-buffer-limit`. */
  queryLimitDisconnections = 0;
  /** Entries moved to a dead-letter stream, and tries that failed. */
  deadLetters = 0;
  deadLettersRefused = 0;
  /** Keys that went since `maxmemory` was exceeded. */
  evictedKeys = 0;
  /** Time above `maxmemory`, without the present. */
  evictionExceededMs = 0;
  /** Clients closed by `maxmemory-clients`. */
  evictedClients = 0;
  peakOpsPerSecond = 0;
  /** The most that was seen in use, by the sampler; RESETSTAT leaves it, as in Redis. */
  peakMemoryBytes = 0;
  /** What the process takes of the machine, as the sampler saw it last: asking the system takes 30 µs. 0: not yet. */
  residentBytes = 0;
  /** What was in use before there was any data. RESETSTAT leaves it too. */
  startupMemoryBytes = usedMemoryBytes();
  /** What the `instantaneous_*` fields show. Written by RateSampler. */
  readonly rates = { commands: new Rate(), inputBytes: new Rate(), outputBytes: new Rate() };

  countError(prefix: string): void {
    this.errorReplies += 1;
    this.errors.count(prefix);
  }

  reset(): void {
    const { peakMemoryBytes, residentBytes, startupMemoryBytes } = this;
    Object.assign(this, new ServerStats(), { peakMemoryBytes, residentBytes, startupMemoryBytes });
  }
}
