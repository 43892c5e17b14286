import { ERROR_PREFIXES_MAX } from "./limits.ts";

/** Stands alone once there were too many kinds of errors, as in Redis 7.2. */
const DISABLED = "ERRORSTATS_DISABLED";

/**
 * How often each kind of error was answered, by its prefix: INFO errorstats. Scripts make up prefixes, so there may
 * be only ERROR_PREFIXES_MAX; one more, and nothing is counted by prefix until CONFIG RESETSTAT.
 */
export class ErrorStats {
  readonly #counts = new Map<string, number>();
  #isDisabled = false;

  count(prefix: string): void {
    if (this.#isDisabled) return;
    const before = this.#counts.get(prefix) ?? 0;
    if (before === 0 && this.#counts.size >= ERROR_PREFIXES_MAX) {
      this.#isDisabled = true;
      this.#counts.clear();
      this.#counts.set(DISABLED, 1);
      return;
    }
    this.#counts.set(prefix, before + 1);
  }

  of(prefix: string): number {
    return this.#counts.get(prefix) ?? 0;
  }

  /** In the order of the prefixes. */
  entries(): (readonly [prefix: string, count: number])[] {
    return [...this.#counts].toSorted(([a], [b]) => (a < b ? -1 : 1));
  }
}
