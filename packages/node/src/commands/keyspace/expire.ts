import { CommandError, lower, type Bytes } from "@slotcast/protocol";
import type { CommandContext } from "../handler.ts";
import { expireKey } from "./expire-key.ts";
import { parseExpiry, type ExpiryUnit } from "./parse-expiry.ts";

const NX_EXCLUDES = new CommandError(
  "ERR",
  "NX and XX, GT or LT options at the same time are not compatible",
);
const GT_EXCLUDES_LT = new CommandError(
  "ERR",
  "GT and LT options at the same time are not compatible",
);

interface Conditions {
  readonly nx: boolean;
  readonly xx: boolean;
  readonly gt: boolean;
  readonly lt: boolean;
}

const CONDITION_WORDS = new Set<string>(["nx", "xx", "gt", "lt"]);
const ALWAYS: Conditions = { nx: false, xx: false, gt: false, lt: false };

/** EXPIRE key seconds [NX | XX | GT | LT] */
export function expire(context: CommandContext, argv: readonly Bytes[]): void {
  setExpiry(context, argv, { command: "expire", unit: "ex" });
}

/** PEXPIRE key milliseconds [NX | XX | GT | LT] */
export function pexpire(context: CommandContext, argv: readonly Bytes[]): void {
  setExpiry(context, argv, { command: "pexpire", unit: "px" });
}

/** EXPIREAT key unix-time-seconds [NX | XX | GT | LT] */
export function expireat(context: CommandContext, argv: readonly Bytes[]): void {
  setExpiry(context, argv, { command: "expireat", unit: "exat" });
}

/** PEXPIREAT key unix-time-milliseconds [NX | XX | GT | LT] */
export function pexpireat(context: CommandContext, argv: readonly Bytes[]): void {
  setExpiry(context, argv, { command: "pexpireat", unit: "pxat" });
}

/**
 * Reply: 1 when the key will end then, or ended because that time has passed; 0 when there is no such key or
 * a condition forbade it. Source: Redis 7.0 src/expire.c, expireGenericCommand.
 */
function setExpiry(
  context: CommandContext,
  argv: readonly Bytes[],
  { command, unit }: { readonly command: string; readonly unit: ExpiryUnit },
): void {
  const { keys, nowMs, reply } = context;
  const [, key, timeText] = argv as readonly [Bytes, Bytes, Bytes]; // arity
  const conditions = argv.length === 3 ? ALWAYS : parseConditions(argv);
  const { atMs } = parseExpiry(timeText, { unit, nowMs });
  if (atMs === undefined) {
    throw new CommandError("ERR", `invalid expire time in '${command}' command`);
  }
  const isThere = keys.peek(key, nowMs) !== undefined;
  const isMet = isThere && isAllowed(conditions, keys.expiryOf(key), atMs);
  if (isMet) expireKey(context, key, atMs);
  reply.integer(isMet ? 1 : 0);
}

function parseConditions(argv: readonly Bytes[]): Conditions {
  const words = new Set<string>();
  for (const word of argv.slice(3)) {
    const name = lower(word);
    if (!CONDITION_WORDS.has(name)) throw new CommandError("ERR", `Unsupported option ${word}`);
    words.add(name);
  }
  const nx = words.has("nx");
  const xx = words.has("xx");
  const gt = words.has("gt");
  const lt = words.has("lt");
  if (nx && (xx || gt || lt)) throw NX_EXCLUDES;
  if (gt && lt) throw GT_EXCLUDES_LT;
  return { nx, xx, gt, lt };
}

/** A key without expiry counts as one that ends never. */
function isAllowed(conditions: Conditions, currentMs: number | undefined, atMs: number): boolean {
  if (conditions.nx && currentMs !== undefined) return false;
  if (conditions.xx && currentMs === undefined) return false;
  if (conditions.gt && (currentMs === undefined || atMs <= currentMs)) return false;
  return !(conditions.lt && currentMs !== undefined && atMs >= currentMs);
}
