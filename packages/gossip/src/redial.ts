import { LINK_STABLE_MS, REDIAL_MS_MAX, REDIAL_MS_MIN } from "./limits.ts";

/**
 * When to dial a peer again: exponential back-off with jitter, so that a node that comes back is not met by
 * all others in the same millisecond. Pure: time and randomness are arguments.
 */
export class Redial {
  readonly #random: () => number;
  #failures = 0;
  #dueAtMs = 0;

  /** `random` returns 0 (included) to 1 (not included). */
  constructor(random: () => number) {
    this.#random = random;
  }

  isDue(nowMs: number): boolean {
    return nowMs >= this.#dueAtMs;
  }

  /** An attempt failed, or a link ended that had lived for `livedMs`. */
  lost(options: { readonly nowMs: number; readonly livedMs: number }): void {
    if (options.livedMs >= LINK_STABLE_MS) this.#failures = 0;
    const waitMs = Math.min(REDIAL_MS_MIN * 2 ** this.#failures, REDIAL_MS_MAX);
    // Beyond this the wait is at its maximum; the bound keeps the power finite.
    this.#failures = Math.min(this.#failures + 1, 16);
    this.#dueAtMs = options.nowMs + waitMs * (0.5 + this.#random() / 2);
  }

  /** There is a reason to believe that it works now: the peer has just dialled us. */
  hurry(): void {
    this.#dueAtMs = 0;
  }
}
