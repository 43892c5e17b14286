import { LogThrottle, type BusLogger } from "./bus-logger.ts";
import type { BusCounters, CloseReason } from "./bus-stats.ts";

/** Ordinary in a cluster where nodes come and go: logged for information. All else is a warning. */
const ORDINARY: readonly CloseReason[] = [
  "peer-closed",
  "connect-failed",
  "connect-refused",
  "unanswered",
  "own-id",
  "not-welcome",
  // It knows the secret; that it is a member it has heard before us, or that it is none any more not yet.
  "unknown-peer",
  "replaced",
  "removed",
  "unwanted",
  "shutdown",
];

/** Every connection that ends, or never begins, comes here once: it is counted, and logged now and then. */
export class LinkEndings {
  readonly #counters: BusCounters;
  readonly #logger: BusLogger;
  readonly #nowMs: () => number;
  readonly #throttle = new LogThrottle();
  #isQuiet = false;

  constructor(options: {
    readonly counters: BusCounters;
    readonly logger: BusLogger;
    /** Unix time. */
    readonly nowMs: () => number;
  }) {
    this.#counters = options.counters;
    this.#logger = options.logger;
    this.#nowMs = options.nowMs;
  }

  /** `peer`: its id, or its address as long as it has proved none. */
  count(
    reason: CloseReason,
    fields: Record<string, unknown> & { readonly peer: string | undefined },
  ): void {
    this.#counters.closes[reason] += 1;
    if (this.#isQuiet || !this.#throttle.allows(`${fields.peer} ${reason}`, this.#nowMs())) return;
    const isMeeting = fields["kind"] === "meet";
    // Silence is how such a link ends when all was said.
    if (ORDINARY.includes(reason) || (isMeeting && reason === "silent")) {
      // Who wanted to meet somebody says what came of it; nodes that wait for their seeds try again and again.
      const level = isMeeting || reason === "own-id" ? "debug" : "info";
      this.#logger[level]({ ...fields, reason }, "bus link closed");
    } else this.#logger.warn({ ...fields, reason }, "bus link refused or broken");
  }

  /** From here on the bus is closing: what ends is no news. */
  silence(): void {
    this.#isQuiet = true;
  }
}
