import type { Keyspace } from "@slotcast/store";
import { EXPIRY_BUDGET_MS, EXPIRY_INTERVAL_MS, EXPIRY_KEYS_PER_ROUND } from "./limits.ts";

/**
 * Removes keys whose time has come and that nobody asks for. A few at a time; it goes on while a quarter of
 * what it looks at was due, for no longer than its budget.
 * Source: Redis 7.0 src/expire.c, activeExpireCycle.
 */
export class ExpiryCycle {
  readonly #keyspace: Keyspace;
  #timer: NodeJS.Timeout | undefined;

  constructor(keyspace: Keyspace) {
    this.#keyspace = keyspace;
  }

  start(): void {
    this.#timer = setInterval(() => {
      this.#run();
    }, EXPIRY_INTERVAL_MS);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #run(): void {
    const startedMs = Date.now();
    let nowMs = startedMs;
    let removed: number;
    do {
      removed = this.#keyspace.expireSome({ nowMs, keysMax: EXPIRY_KEYS_PER_ROUND });
      nowMs = Date.now();
    } while (removed > EXPIRY_KEYS_PER_ROUND / 4 && nowMs - startedMs < EXPIRY_BUDGET_MS);
  }
}
