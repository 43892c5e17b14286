import type { Bytes } from "@slotcast/protocol";
import type { CommandContext } from "../handler.ts";

const NO_SUCH_KEY = -2;
const STAYS = -1;

/** TTL key. Reply: seconds left, rounded to the nearest; -1: it stays; -2: there is no such key. */
export function ttl(context: CommandContext, argv: readonly Bytes[]): void {
  const atMs = expiryOf(context, argv);
  context.reply.integer(atMs < 0 ? atMs : roundToSeconds(atMs - context.nowMs));
}

/** PTTL key. Reply: as TTL, in milliseconds. */
export function pttl(context: CommandContext, argv: readonly Bytes[]): void {
  const atMs = expiryOf(context, argv);
  context.reply.integer(atMs < 0 ? atMs : atMs - context.nowMs);
}

/** EXPIRETIME key. Reply: the Unix time in seconds, rounded to the nearest; -1 and -2 as TTL. */
export function expiretime(context: CommandContext, argv: readonly Bytes[]): void {
  const atMs = expiryOf(context, argv);
  context.reply.integer(atMs < 0 ? atMs : roundToSeconds(atMs));
}

/** PEXPIRETIME key. Reply: the Unix time in milliseconds; -1 and -2 as TTL. */
export function pexpiretime(context: CommandContext, argv: readonly Bytes[]): void {
  context.reply.integer(expiryOf(context, argv));
}

/** Unix time in milliseconds; it is in the future, or the key would be gone. */
function expiryOf({ keys, nowMs }: CommandContext, argv: readonly Bytes[]): number {
  const key = argv[1] as Bytes; // arity
  if (keys.read(key, nowMs) === undefined) return NO_SUCH_KEY;
  return keys.expiryOf(key) ?? STAYS;
}

function roundToSeconds(durationMs: number): number {
  return Math.floor((durationMs + 500) / 1000);
}
