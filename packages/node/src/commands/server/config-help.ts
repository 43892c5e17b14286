import { makeHelp } from "../help.ts";
import type { Handler } from "../handler.ts";

/** CONFIG HELP, word for word as Redis 7.0. */
export const configHelp: Handler = makeHelp("CONFIG", [
  "GET <pattern>",
  "    Return parameters matching the glob-like <pattern> and their values.",
  "SET <directive> <value>",
  "    Set the configuration <directive> to <value>.",
  "RESETSTAT",
  "    Reset statistics reported by the INFO command.",
  "REWRITE",
  "    Rewrite the configuration file.",
]);
