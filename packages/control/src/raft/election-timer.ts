import { CAMPAIGN_RETRY_MS, ELECTION_TIMEOUT_MS, LEADER_GONE_JITTER_MS } from "../limits.ts";

/** When a voter should campaign. Drawn at random each time, so that seldom two do at once. */
export class ElectionTimer {
  readonly #random: () => number;
  #dueAtMs: number;
  /** Since the timer was restarted. */
  #campaigns = 0;

  constructor(random: () => number, dueAtMs: number) {
    this.#random = random;
    this.#dueAtMs = dueAtMs;
  }

  isDue(nowMs: number): boolean {
    return nowMs >= this.#dueAtMs;
  }

  /** A leader was heard, or a vote given: patience. */
  restart(nowMs: number): void {
    this.#campaigns = 0;
    this.#dueAtMs = nowMs + ELECTION_TIMEOUT_MS * (1 + this.#random());
  }

  /** The leader is gone: there is nothing to wait for but the others. */
  hasten(nowMs: number): void {
    this.#dueAtMs = Math.min(this.#dueAtMs, nowMs + LEADER_GONE_JITTER_MS * this.#random());
  }

  /** A campaign begins. When that comes to nothing: again, soon at first, since most likely votes were split. */
  campaign(nowMs: number): void {
    const patienceMs = Math.min(CAMPAIGN_RETRY_MS * 2 ** this.#campaigns, ELECTION_TIMEOUT_MS);
    this.#campaigns += 1;
    this.#dueAtMs = nowMs + patienceMs * (1 + this.#random());
  }
}
