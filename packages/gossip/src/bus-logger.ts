import { LOG_KEYS_MAX, LOG_REPEAT_MS } from "./limits.ts";

/** Where the bus logs: one event a line, a constant message, fields by name. A pino logger is one. */
export interface BusLogger {
  debug(fields: Record<string, unknown>, message: string): void;
  info(fields: Record<string, unknown>, message: string): void;
  warn(fields: Record<string, unknown>, message: string): void;
}

/** Lets a line through once per key in LOG_REPEAT_MS, so that a peer cannot fill the disk. */
export class LogThrottle {
  readonly #loggedAtMs = new Map<string, number>();

  allows(key: string, nowMs: number): boolean {
    const loggedAtMs = this.#loggedAtMs.get(key);
    if (loggedAtMs !== undefined && nowMs - loggedAtMs < LOG_REPEAT_MS) return false;
    if (this.#loggedAtMs.size >= LOG_KEYS_MAX) this.#loggedAtMs.clear();
    this.#loggedAtMs.set(key, nowMs);
    return true;
  }
}
