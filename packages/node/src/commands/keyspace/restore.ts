import {
  ascii,
  CommandError,
  lower,
  NOT_AN_INTEGER,
  SYNTAX_ERROR,
  type Bytes,
} from "@slotcast/protocol";
import { decodePayload, type Value } from "@slotcast/store";
import type { CommandContext } from "../handler.ts";
import { parseInteger } from "../parse-integer.ts";
import { announceOverwritten } from "./announce-overwritten.ts";
import { placeEntry, type Entry } from "./place-entry.ts";

const BUSY_KEY = new CommandError("BUSYKEY", "Target key name already exists.");
const INVALID_TTL = new CommandError("ERR", "Invalid TTL value, must be >= 0");
const INVALID_IDLE_TIME = new CommandError("ERR", "Invalid IDLETIME value, must be >= 0");
const INVALID_FREQUENCY = new CommandError("ERR", "Invalid FREQ value, must be >= 0 and <= 255");
const FOREIGN = new CommandError("ERR", "DUMP payload version or checksum are wrong");
const MALFORMED = new CommandError("ERR", "Bad data format");
const FREQUENCY_MAX = 255;

interface RestoreOptions {
  readonly replace: boolean;
  readonly isAbsolute: boolean;
  readonly idleSeconds: number | undefined;
  readonly frequency: number | undefined;
}

/**
 * RESTORE key ttl payload [REPLACE] [ABSTTL] [IDLETIME seconds] [FREQ frequency]
 *
 * Makes the key that DUMP took the payload of; a ttl of 0 is none. A time that has passed makes no key, and the old one
 * goes all the same. Source: Redis 7.0 src/cluster.c, restoreCommand.
 */
export function restore(context: CommandContext, argv: readonly Bytes[]): void {
  const { broker, keys, nowMs, reply } = context;
  const [, key, ttlText, payload] = argv as readonly [Bytes, Bytes, Bytes, Bytes]; // arity
  const options = parseOptions(argv);
  const { replace, isAbsolute } = options;
  const before = keys.peek(key, nowMs);
  if (before !== undefined && !replace) throw BUSY_KEY;
  const ttlMs = parseInteger(ttlText);
  if (ttlMs === undefined) throw NOT_AN_INTEGER;
  if (ttlMs < 0) throw INVALID_TTL;
  const value = decode(context, payload);
  const atMs = Math.min(isAbsolute ? ttlMs : ttlMs + nowMs, Number.MAX_SAFE_INTEGER);
  const expiresAtMs = ttlMs === 0 ? undefined : atMs;
  if (expiresAtMs !== undefined && expiresAtMs <= nowMs) {
    if (keys.delete(key)) {
      context.effects?.append([ascii("DEL"), key]);
      context.notify("generic", "del", key);
    }
    reply.ok();
    return;
  }
  placeEntry(broker, keys, key, { value, expiresAtMs, use: givenUse(options, nowMs) });
  const atText = ascii(String(expiresAtMs ?? 0));
  context.effects?.append([
    ...[ascii("RESTORE"), key, atText, payload],
    ...[ascii("REPLACE"), ascii("ABSTTL")],
  ]);
  context.notify("generic", "restore", key);
  announceOverwritten(broker.events, keys, key, { before, after: value });
  reply.ok();
}

/** IDLETIME and FREQ: as the key was used where it came from. */
function givenUse({ idleSeconds, frequency }: RestoreOptions, nowMs: number): Entry["use"] {
  if (idleSeconds !== undefined) return { usedAtMs: nowMs - idleSeconds * 1000 };
  return frequency === undefined ? undefined : { frequency };
}

function decode({ broker }: CommandContext, payload: Bytes): Value {
  const decoded = decodePayload(payload, broker);
  switch (decoded.is) {
    case "value":
      return decoded.value;
    case "foreign":
      throw FOREIGN;
    case "malformed":
      throw MALFORMED;
  }
}

/** IDLETIME and FREQ exclude each other. */
function parseOptions(argv: readonly Bytes[]): RestoreOptions {
  let replace = false;
  let isAbsolute = false;
  let idleSeconds: number | undefined;
  let frequency: number | undefined;
  for (let index = 4; index < argv.length; index += 1) {
    const word: string = lower(argv[index] as Bytes); // below length
    const next = argv[index + 1];
    if (word === "replace") {
      replace = true;
    } else if (word === "absttl") {
      isAbsolute = true;
    } else if (word === "idletime" && next !== undefined && frequency === undefined) {
      idleSeconds = parseNumber(next);
      if (idleSeconds < 0) throw INVALID_IDLE_TIME;
      index += 1;
    } else if (word === "freq" && next !== undefined && idleSeconds === undefined) {
      frequency = parseNumber(next);
      if (frequency < 0 || frequency > FREQUENCY_MAX) throw INVALID_FREQUENCY;
      index += 1;
    } else {
      throw SYNTAX_ERROR;
    }
  }
  return { replace, isAbsolute, idleSeconds, frequency };
}

function parseNumber(text: Bytes): number {
  const number = parseInteger(text);
  if (number === undefined) throw NOT_AN_INTEGER;
  return number;
}
