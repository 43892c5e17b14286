import type { CommandSpec } from "../command-spec.ts";
import { allKeysRO, none } from "./row-parts.ts";

/** MULTI and its kin. Rows of the command table: see command-table.ts. */
// prettier-ignore
export const TRANSACTIONS_COMMANDS = {
  multi:   { arity: 1, flags: ["noscript", "loading", "stale", "fast", "allow_busy"], categories: ["transaction"], tips: none, keySpecs: none },
  exec:    { arity: 1, flags: ["noscript", "loading", "stale", "skip_slowlog"], categories: ["transaction"], tips: none, keySpecs: none },
  discard: { arity: 1, flags: ["noscript", "loading", "stale", "fast", "allow_busy"], categories: ["transaction"], tips: none, keySpecs: none },
  watch:   { arity: -2, flags: ["noscript", "loading", "stale", "fast", "allow_busy"], categories: ["transaction"], tips: none, keySpecs: allKeysRO },
  unwatch: { arity: 1, flags: ["noscript", "loading", "stale", "fast", "allow_busy"], categories: ["transaction"], tips: none, keySpecs: none },
} as const satisfies Record<string, CommandSpec>;
