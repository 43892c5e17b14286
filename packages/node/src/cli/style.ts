import type { Environment } from "../config/environment.ts";

/** Paints text, or leaves it alone when colours are not wanted. */
export interface Style {
  readonly bold: (text: string) => string;
  readonly dim: (text: string) => string;
  /** What needs a look. */
  readonly warn: (text: string) => string;
  /** What is broken. */
  readonly alarm: (text: string) => string;
  /** A colour of its own for the n-th of several things, from 0. */
  readonly nth: (n: number, text: string) => string;
}

/**
 * May we colour? NO_COLOR (no-color.org) wins over everything, then FORCE_COLOR, then a terminal that is not
 * `dumb`.
 */
export function wantsColor(options: {
  readonly env: Environment;
  readonly isTerminal: boolean;
}): boolean {
  const { env, isTerminal } = options;
  if ((env["NO_COLOR"] ?? "") !== "") return false;
  const forced = env["FORCE_COLOR"];
  if (forced !== undefined) return forced !== "0" && forced !== "false";
  return isTerminal && env["TERM"] !== "dumb";
}

/** cyan, green, yellow, magenta, blue: readable on dark and light. */
const COLORS = [36, 32, 33, 35, 34];

export function makeStyle(options: { readonly hasColor: boolean }): Style {
  const paint = (text: string, on: number, off: number): string =>
    options.hasColor ? `\u001b[${on}m${text}\u001b[${off}m` : text;
  return {
    bold: (text) => paint(text, 1, 22),
    dim: (text) => paint(text, 2, 22),
    warn: (text) => paint(text, 33, 39),
    alarm: (text) => paint(text, 31, 39),
    nth: (n, text) => paint(text, COLORS[n % COLORS.length] ?? 36, 39),
  };
}
