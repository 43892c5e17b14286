import { ascii, CommandError, NOT_AN_INTEGER, type Bytes } from "@slotcast/protocol";
import type { CommandContext } from "../handler.ts";
import { parseInt64 } from "../parse-integer.ts";

const INT64_MAX = 2n ** 63n - 1n;
const INT64_MIN = -(2n ** 63n);
const OVERFLOW = new CommandError("ERR", "increment or decrement would overflow");
const DECREMENT_OVERFLOW = new CommandError("ERR", "decrement would overflow");

/** INCR key. Reply: the value after it. A missing key counts as 0; an expiry stays. */
export function incr(context: CommandContext, argv: readonly Bytes[]): void {
  add(context, argv, 1);
}

/** DECR key. Reply: as INCR. */
export function decr(context: CommandContext, argv: readonly Bytes[]): void {
  add(context, argv, -1);
}

/** INCRBY key increment. Reply: as INCR. */
export function incrby(context: CommandContext, argv: readonly Bytes[]): void {
  add(context, argv, parseAmount(argv));
}

/** DECRBY key decrement. Reply: as INCR. */
export function decrby(context: CommandContext, argv: readonly Bytes[]): void {
  const amount = parseAmount(argv);
  if (amount === INT64_MIN) throw DECREMENT_OVERFLOW;
  add(context, argv, -amount);
}

function parseAmount(argv: readonly Bytes[]): number | bigint {
  const [, , text] = argv as readonly [Bytes, Bytes, Bytes]; // arity
  const amount = parseInt64(text);
  if (amount === undefined) throw NOT_AN_INTEGER;
  return amount;
}

/** Source: Redis 7.0 src/t_string.c, incrDecrCommand: the event is `incrby` for all four. */
function add(context: CommandContext, argv: readonly Bytes[], amount: number | bigint): void {
  const key = argv[1] as Bytes; // arity
  const { keys } = context;
  const value = keys.peekCounter(key, context.nowMs);
  const before = typeof value === "string" ? parseInt64(value) : (value ?? 0);
  if (before === undefined) throw NOT_AN_INTEGER;
  const after = sum(before, amount);
  const kept = typeof after === "number" ? after : ascii(String(after));
  if (value === undefined) keys.setKeepingExpiry(key, kept);
  else keys.replaceFound(key, kept);
  context.notify("string", "incrby", key);
  context.effects?.append(argv);
  context.reply.integer(after);
}

function sum(a: number | bigint, b: number | bigint): number | bigint {
  if (typeof a === "number" && typeof b === "number") {
    const quick = a + b;
    if (Number.isSafeInteger(quick)) return quick;
  }
  const exact = BigInt(a) + BigInt(b);
  if (exact > INT64_MAX || exact < INT64_MIN) throw OVERFLOW;
  return exact;
}
