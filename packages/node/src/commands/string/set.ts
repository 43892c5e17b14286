import {
  ascii,
  CommandError,
  EMPTY,
  lower,
  own,
  SYNTAX_ERROR,
  type Bytes,
} from "@slotcast/protocol";
import type { CommandContext } from "../handler.ts";
import { parseExpiry, type ExpiryUnit } from "../keyspace/parse-expiry.ts";

interface SetOptions {
  readonly condition: "nx" | "xx" | undefined;
  readonly get: boolean;
  readonly keepTtl: boolean;
  readonly expiry: { readonly unit: ExpiryUnit; readonly value: Bytes } | undefined;
}

const INVALID_EXPIRE = new CommandError("ERR", "invalid expire time in 'set' command");

/**
 * SET key value [NX | XX] [GET] [EX s | PX ms | EXAT s | PXAT ms | KEEPTTL]
 *
 * Reply: OK; null when NX or XX forbade it; with GET the old value or null.
 * Source: Redis 7.0 src/t_string.c, setGenericCommand.
 */
export function set(context: CommandContext, argv: readonly Bytes[]): void {
  const { keys, nowMs, reply } = context;
  const [, key, value] = argv as readonly [Bytes, Bytes, Bytes]; // arity
  if (argv.length === 3) {
    keys.set(key, own(value));
    context.effects?.append(argv);
    reply.ok();
    return;
  }
  const options = parseOptions(argv);
  const { expiry } = options;
  const atMs = expiry === undefined ? undefined : expiryTime(expiry, nowMs);
  const old = options.get ? keys.readString(key, nowMs) : undefined;
  const exists = keys.peek(key, nowMs) !== undefined;
  if (options.condition !== undefined && exists !== (options.condition === "xx")) {
    if (old === undefined) reply.nullBulk();
    else reply.bulk(old);
    return;
  }
  if (options.keepTtl) keys.setKeepingExpiry(key, own(value));
  else keys.set(key, own(value));
  if (atMs !== undefined) keys.expireAt(key, atMs);
  context.effects?.append([
    ascii("SET"),
    key,
    value,
    ...(atMs === undefined ? [] : [ascii("PXAT"), ascii(String(atMs))]),
    ...(options.keepTtl ? [ascii("KEEPTTL")] : []),
  ]);
  if (!options.get) reply.ok();
  else if (old === undefined) reply.nullBulk();
  else reply.bulk(old);
}

function parseOptions(argv: readonly Bytes[]): SetOptions {
  let condition: SetOptions["condition"];
  let get = false;
  let keepTtl = false;
  let expiry: SetOptions["expiry"];
  for (let index = 3; index < argv.length; index += 1) {
    const word: string = lower(argv[index] ?? EMPTY);
    const next = argv[index + 1];
    switch (word) {
      case "nx":
      case "xx":
        if (condition !== undefined && condition !== word) throw SYNTAX_ERROR;
        condition = word;
        break;
      case "get":
        get = true;
        break;
      case "keepttl":
        if (expiry !== undefined) throw SYNTAX_ERROR;
        keepTtl = true;
        break;
      case "ex":
      case "px":
      case "exat":
      case "pxat": {
        const isOther = expiry !== undefined && expiry.unit !== word;
        if (keepTtl || isOther || next === undefined) throw SYNTAX_ERROR;
        expiry = { unit: word, value: next };
        index += 1;
        break;
      }
      default:
        throw SYNTAX_ERROR;
    }
  }
  return { condition, get, keepTtl, expiry };
}

function expiryTime(
  { unit, value }: { readonly unit: ExpiryUnit; readonly value: Bytes },
  nowMs: number,
): number {
  const { amount, atMs } = parseExpiry(value, { unit, nowMs });
  if (amount <= 0 || atMs === undefined) throw INVALID_EXPIRE;
  return atMs;
}
