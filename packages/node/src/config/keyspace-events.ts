import { ValueError } from "./value-error.ts";

/** The classes that `A` stands for, in the order in which they are printed. */
const ALL = "g$lshzxetd";
/** `o` (overwritten) and `c` (type_changed) are of Redis 8.2. */
const KNOWN = /^[Ag$lshzxeKEtmdnoc]*$/;

/**
 * The flags of `notify-keyspace-events` in Redis' canonical spelling: `KEA` becomes `AKE`. Unlike Redis, `n` is kept
 * beside `A`, which does not include it: CONFIG REWRITE must not lose it (docs/divergence.md).
 * Source: Redis 7.0 src/notify.c, keyspaceEventsFlagsToString.
 */
export function canonicalKeyspaceEvents(text: string): string {
  if (!KNOWN.test(text)) {
    throw new ValueError("Invalid event class character. Use 'Ag$lshzxeKEtmdn'.");
  }
  const has = (flag: string): boolean => text.includes(flag);
  const all = has("A") || [...ALL].every(has);
  const classes = all ? "A" : [...ALL].filter(has).join("");
  return classes + [..."nKEmoc"].filter(has).join("");
}
