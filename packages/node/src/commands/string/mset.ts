import { CommandError, wrongArity, type Bytes } from "@slotcast/protocol";
import type { CommandContext } from "../handler.ts";
import { parseInteger } from "../parse-integer.ts";
import { storeString, type Lifetime } from "./store-string.ts";
import { expiryMs, optionWords, parseStringOptions } from "./string-options.ts";

const MSETEX_OPTIONS = optionWords("nx", "xx", "keepttl", "ex", "px", "exat", "pxat");
const INT_MAX = 2 ** 31 - 1;
const INVALID_NUMKEYS = new CommandError("ERR", "invalid numkeys value");
const WRONG_PAIRS = new CommandError("ERR", "wrong number of key-value pairs");

/** MSET key value [key value …]. Reply: OK. A key named twice gets the last value. */
export function mset(context: CommandContext, argv: readonly Bytes[]): void {
  if (argv.length % 2 === 0) throw wrongArity("mset");
  storePairs(context, argv.slice(1));
  context.reply.ok();
}

/** MSETNX key value [key value …]. Reply: 1 when none of the keys was there and all are now, 0 otherwise. */
export function msetnx(context: CommandContext, argv: readonly Bytes[]): void {
  if (argv.length % 2 === 0) throw wrongArity("msetnx");
  const pairs = argv.slice(1);
  const isMet = countPresent(context, pairs) === 0;
  if (isMet) storePairs(context, pairs);
  context.reply.integer(isMet ? 1 : 0);
}

/**
 * MSETEX numkeys key value [key value …] [NX | XX] [EX s | PX ms | EXAT s | PXAT ms | KEEPTTL] (8.4)
 *
 * Reply: 1 when all keys were written, 0 when none: NX and XX look at all of them.
 */
export function msetex(context: CommandContext, argv: readonly Bytes[]): void {
  const { nowMs, reply } = context;
  const [, countText] = argv as readonly [Bytes, Bytes]; // arity
  const count = parseInteger(countText);
  if (count === undefined || count < 1 || count > INT_MAX) throw INVALID_NUMKEYS;
  const end = 2 + count * 2;
  if (end > argv.length) throw WRONG_PAIRS;
  const pairs = argv.slice(2, end);
  const options = parseStringOptions(argv, { from: end, allowed: MSETEX_OPTIONS });
  const { condition, expiry, keepTtl } = options;
  const atMs = expiry === undefined ? undefined : expiryMs(expiry, { nowMs, command: "msetex" });
  const needed = condition === "nx" ? 0 : count;
  const isMet = condition === undefined || countPresent(context, pairs) === needed;
  if (isMet) storePairs(context, pairs, keepTtl ? "keep" : atMs);
  reply.integer(isMet ? 1 : 0);
}

/** `pairs`: key, value, key, value … */
function countPresent({ keys, nowMs }: CommandContext, pairs: readonly Bytes[]): number {
  let present = 0;
  for (let index = 0; index < pairs.length; index += 2) {
    const key = pairs[index] as Bytes; // below length
    if (keys.peek(key, nowMs) !== undefined) present += 1;
  }
  return present;
}

function storePairs(context: CommandContext, pairs: readonly Bytes[], lifetime?: Lifetime): void {
  for (let index = 0; index < pairs.length; index += 2) {
    const [key, value] = pairs.slice(index, index + 2) as [Bytes, Bytes]; // whole pairs
    storeString(context, key, value, lifetime);
  }
}
