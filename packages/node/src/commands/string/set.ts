import { WRONG_TYPE, type Bytes } from "@slotcast/protocol";
import type { Value } from "@slotcast/store";
import type { CommandContext } from "../handler.ts";
import { passes } from "./compare-value.ts";
import { storeString, writeString } from "./store-string.ts";
import { expiryMs, optionWords, parseStringOptions, type StringOptions } from "./string-options.ts";

const ALLOWED = optionWords(
  ...(["nx", "xx", "ifeq", "ifne", "ifdeq", "ifdne"] as const),
  ...(["get", "keepttl", "ex", "px", "exat", "pxat"] as const),
);

/**
 * SET key value [NX | XX | IFEQ value | IFNE value | IFDEQ digest | IFDNE digest] [GET]
 *   [EX s | PX ms | EXAT s | PXAT ms | KEEPTTL]
 *
 * Reply: OK; null when the condition forbade it; with GET the old value or null, written or not.
 * Source: Redis 7.0 src/t_string.c, setGenericCommand; the comparisons are of 8.4.
 */
export function set(context: CommandContext, argv: readonly Bytes[]): void {
  const { keys, nowMs, reply } = context;
  const [, key, value] = argv as readonly [Bytes, Bytes, Bytes]; // arity
  if (argv.length === 3) {
    writeString(context, key, value);
    // As it came: nothing to write again.
    context.effects?.append(argv);
    reply.ok();
    return;
  }
  const options = parseStringOptions(argv, { from: 3, allowed: ALLOWED });
  const { condition, expiry, get, keepTtl } = options;
  const atMs = expiry === undefined ? undefined : expiryMs(expiry, { nowMs, command: "set" });
  const old = get ? keys.readString(key, nowMs) : undefined;
  const isMet = condition === undefined || isConditionMet(options, keys.peek(key, nowMs));
  if (isMet) storeString(context, key, value, keepTtl ? "keep" : atMs);
  if (!get && isMet) reply.ok();
  else if (old === undefined) reply.nullBulk();
  else reply.bulk(old);
}

/** A missing key has another value than any: it passes IFNE and IFDNE. */
function isConditionMet(
  { condition, comparand }: StringOptions,
  current: Value | undefined,
): boolean {
  if (condition === undefined) return true;
  if (condition === "nx") return current === undefined;
  if (condition === "xx") return current !== undefined;
  if (current === undefined) return condition === "ifne" || condition === "ifdne";
  if (typeof current !== "string") throw WRONG_TYPE;
  return passes(condition, current, comparand);
}
