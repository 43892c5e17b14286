import type { Keyspace } from "@slotcast/store";
import type { Config } from "./config/config.ts";
import { EXPIRY_KEYS_PER_ROUND, EXPIRY_SLICE_MS } from "./limits.ts";

/**
 * Removes keys whose time has come and that nobody asks for, `hz` times a second: some keys at a time, going on while
 * many of them were due. `active-expire-effort` e (1 to 10) moves three knobs:
 *
 *     keys of one round        400 * (1 + (e - 1) / 4)
 *     goes on while were due   more than (11 - e) % of them
 *     share of the time        at most (23 + 2e) %, in slices between which requests are executed
 *
 * Source: Redis 7.0 src/expire.c, activeExpireCycle.
 */
export class ExpiryCycle {
  /** DEBUG SET-ACTIVE-EXPIRE: keys whose time has come stay until somebody asks for them. */
  isPaused = false;
  readonly #keyspace: Keyspace;
  readonly #config: Config;
  readonly #settle: (spentMs: number) => void;
  #timer: NodeJS.Timeout | undefined;
  #nextSlice: NodeJS.Immediate | undefined;
  /** Of the cycle that runs. */
  #leftMs = 0;

  /** `settle` is called after each slice, which took so long: keys that are gone may have been waited for. */
  constructor(
    keyspace: Keyspace,
    { config, settle }: { readonly config: Config; readonly settle: (spentMs: number) => void },
  ) {
    this.#keyspace = keyspace;
    this.#config = config;
    this.#settle = settle;
    config.onChange("hz", () => {
      if (this.#timer === undefined) return;
      this.stop();
      this.start();
    });
  }

  start(): void {
    const intervalMs = 1000 / this.#config.get("hz");
    this.#timer = setInterval(() => {
      this.#leftMs = (intervalMs * (23 + 2 * this.#config.get("active-expire-effort"))) / 100;
      if (!this.isPaused && this.#nextSlice === undefined) this.#slice();
    }, intervalMs);
  }

  stop(): void {
    clearInterval(this.#timer);
    clearImmediate(this.#nextSlice);
    this.#timer = undefined;
    this.#nextSlice = undefined;
  }

  #slice(): void {
    const effort = this.#config.get("active-expire-effort");
    const keysMax = EXPIRY_KEYS_PER_ROUND * (1 + (effort - 1) / 4);
    const removedMin = (keysMax * (11 - effort)) / 100;
    const startedMs = performance.now();
    let removed: number;
    let spentMs: number;
    do {
      removed = this.#keyspace.expireSome({ nowMs: Date.now(), keysMax });
      spentMs = performance.now() - startedMs;
    } while (removed > removedMin && spentMs < EXPIRY_SLICE_MS);
    this.#leftMs -= spentMs;
    this.#settle(spentMs);
    if (removed <= removedMin || this.#leftMs <= 0) return;
    this.#nextSlice = setImmediate(() => {
      this.#nextSlice = undefined;
      if (!this.isPaused) this.#slice();
    });
  }
}
