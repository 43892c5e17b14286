import { LINK_STABLE_MS, REDIAL_MS_MAX, REDIAL_MS_MIN, REDIAL_NEWS_MS } from "./limits.ts";

/**
 * When to dial a peer again: exponential back-off with jitter, so that a node that comes back is not met by
 * all others in the same millisecond. The loss of a link that was up is news, to be looked into at once.
 * Pure: time and randomness are arguments.
 */
export class Redial {
  readonly #random: () => number;
  #waitMs = REDIAL_MS_MIN;
  #dueAtMs = 0;
  /** The next loss would be news: not one of many in a row. */
  #isStable = true;

  /** `random` returns 0 (included) to 1 (not included). */
  constructor(random: () => number) {
    this.#random = random;
  }

  isDue(nowMs: number): boolean {
    return nowMs >= this.#dueAtMs;
  }

  /** 0 or less: now. */
  dueInMs(nowMs: number): number {
    return this.#dueAtMs - nowMs;
  }

  /** An attempt came to nothing. */
  failed(nowMs: number): void {
    this.#dueAtMs = nowMs + this.#waitMs * (0.5 + this.#random() / 2);
    this.#waitMs = Math.min(2 * this.#waitMs, REDIAL_MS_MAX);
  }

  /** As `failed`; and nobody listened: what is to know is known, and the next link is one to another process. */
  refused(nowMs: number): void {
    this.#waitMs = Math.max(this.#waitMs, REDIAL_MS_MIN);
    this.#isStable = true;
    this.failed(nowMs);
  }

  /** A link that was up has ended. */
  lost(options: { readonly nowMs: number; readonly livedMs: number }): void {
    const { nowMs, livedMs } = options;
    if (livedMs < LINK_STABLE_MS && !this.#isStable) {
      this.failed(nowMs);
      return;
    }
    this.#isStable = false;
    this.#waitMs = REDIAL_NEWS_MS;
    this.#dueAtMs = nowMs;
  }

  /** There is a reason to believe that it works now: the peer has just dialled us. */
  hurry(): void {
    this.#dueAtMs = 0;
  }
}
