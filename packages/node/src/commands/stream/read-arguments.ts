import { CommandError, lower, NOT_AN_INTEGER, SYNTAX_ERROR, type Bytes } from "@slotcast/protocol";
import { parseInteger } from "../parse-integer.ts";
import { parseTimeoutMs } from "../parse-timeout.ts";

interface GroupArgument {
  readonly name: Bytes;
  readonly consumer: Bytes;
  /** Index of the consumer's name. */
  readonly consumerAt: number;
}

/** What XREAD and XREADGROUP are told before their keys. */
export interface ReadArguments {
  /** Of XREADGROUP only. */
  readonly group: GroupArgument | undefined;
  /** Entries per stream; Infinity: all. */
  readonly countMax: number;
  /** Entries of all streams together, and bytes of the reply: Infinity without MAXCOUNT and MAXSIZE. */
  readonly totalCountMax: number;
  readonly replyBytesMax: number;
  /** `undefined`: does not block. */
  readonly timeoutMs: number | undefined;
  readonly noAck: boolean;
  /** CLAIM: pending entries come first that were idle for so long; `undefined`: only new ones. */
  readonly minIdleMs: number | undefined;
  /** Index of the first key; as many ids follow the keys. */
  readonly keysFrom: number;
  readonly streams: number;
}

const error = (text: string): CommandError => new CommandError("ERR", text);
const UNBALANCED = error(
  "Unbalanced XREAD list of streams: for each stream key an ID or '$' must be specified.",
);
const NO_GROUP_OPTION = error("Missing GROUP option for XREADGROUP");
const MAXCOUNT_NOT_POSITIVE = error("MAXCOUNT must be a positive integer");
const MAXSIZE_NOT_POSITIVE = error("MAXSIZE must be a positive integer");
const MAXCOUNT_BELOW_COUNT = error("MAXCOUNT must be greater than or equal to COUNT");
const MIN_IDLE_NOT_AN_INTEGER = error("min-idle-time is not an integer or out of range");
const MIN_IDLE_NEGATIVE = error("min-idle-time must be a positive integer");

/** In lower case. As clients nearly always write them they need no conversion, and no hash to be looked up by. */
function optionOf(word: Bytes): string {
  const text: string = word;
  switch (text) {
    case "STREAMS":
      return "streams";
    case "COUNT":
      return "count";
    case "GROUP":
      return "group";
    case "BLOCK":
      return "block";
    default:
      return lower(word);
  }
}

/** Throws Redis' errors. Source: Redis 7.0 src/t_stream.c, xreadCommand; 8.4 for CLAIM, 8.10 for MAXCOUNT. */
export function parseReadArguments(
  argv: readonly Bytes[],
  command: "xread" | "xreadgroup",
): ReadArguments {
  const isGroup = command === "xreadgroup";
  let group: ReadArguments["group"];
  let countMax = Number.POSITIVE_INFINITY;
  let totalCountMax = Number.POSITIVE_INFINITY;
  let replyBytesMax = Number.POSITIVE_INFINITY;
  let timeoutMs: number | undefined;
  let noAck = false;
  let minIdleMs: number | undefined;
  for (let at = 1; at < argv.length; at += 2) {
    const word = argv[at] as Bytes; // below length
    const option = optionOf(word);
    const value = argv[at + 1];
    if (option === "noack") {
      if (!isGroup) throw onlyInXreadgroup("NOACK");
      noAck = true;
      at -= 1; // it has no value
    } else if (value === undefined) {
      throw SYNTAX_ERROR;
    } else if (option === "count") {
      const count = parseInteger(value);
      if (count === undefined) throw NOT_AN_INTEGER;
      countMax = count > 0 ? count : Number.POSITIVE_INFINITY;
    } else if (option === "block") {
      timeoutMs = parseTimeoutMs(value);
    } else if (option === "streams") {
      const following = argv.length - (at + 1);
      if (following % 2 === 1) throw UNBALANCED;
      if (isGroup && group === undefined) throw NO_GROUP_OPTION;
      if (countMax !== Number.POSITIVE_INFINITY && totalCountMax < countMax) {
        throw MAXCOUNT_BELOW_COUNT;
      }
      return {
        group,
        countMax,
        totalCountMax,
        replyBytesMax,
        timeoutMs,
        noAck,
        minIdleMs,
        keysFrom: at + 1,
        streams: following / 2,
      };
    } else if (option === "group" && argv.length - 1 - at >= 2) {
      if (!isGroup) throw onlyInXreadgroup("GROUP");
      group = { name: value, consumer: argv[at + 2] as Bytes, consumerAt: at + 2 }; // two follow
      at += 1;
    } else if (option === "maxcount") {
      totalCountMax = parsePositive(value, MAXCOUNT_NOT_POSITIVE);
    } else if (option === "maxsize") {
      replyBytesMax = parsePositive(value, MAXSIZE_NOT_POSITIVE);
    } else if (option === "claim") {
      if (!isGroup) throw onlyInXreadgroup("CLAIM");
      minIdleMs = parseInteger(value);
      if (minIdleMs === undefined) throw MIN_IDLE_NOT_AN_INTEGER;
      if (minIdleMs < 0) throw MIN_IDLE_NEGATIVE;
    } else {
      throw SYNTAX_ERROR;
    }
  }
  throw SYNTAX_ERROR;
}

function parsePositive(text: Bytes, notPositive: CommandError): number {
  const value = parseInteger(text);
  if (value === undefined) throw NOT_AN_INTEGER;
  if (value <= 0) throw notPositive;
  return value;
}

function onlyInXreadgroup(option: string): CommandError {
  return error(`The ${option} option is only supported by XREADGROUP. You called XREAD instead.`);
}
