import { CommandError, EMPTY, lower, SYNTAX_ERROR, type Bytes } from "@slotcast/protocol";
import { parseExpiry, type ExpiryUnit } from "../keyspace/parse-expiry.ts";

/** When to write, by what is there: NX, XX, or the value or its digest compared with `comparand`. */
export type ConditionWord = "nx" | "xx" | ComparisonWord;

/** Of Redis 8.4. */
export type ComparisonWord = "ifeq" | "ifne" | "ifdeq" | "ifdne";

/** The options that SET, GETEX and MSETEX share; each allows some of them. */
export interface StringOptions {
  readonly condition: ConditionWord | undefined;
  /** What IFEQ and its kin compare with. */
  readonly comparand: Bytes;
  readonly get: boolean;
  readonly keepTtl: boolean;
  readonly persist: boolean;
  readonly expiry: { readonly unit: ExpiryUnit; readonly value: Bytes } | undefined;
}

export type OptionWord = ConditionWord | "get" | "keepttl" | "persist" | ExpiryUnit;

/** The options of a command, by their words in lower and in upper case: nobody writes them otherwise. */
export type OptionWords = ReadonlyMap<string, OptionWord>;

export function optionWords(...words: readonly OptionWord[]): OptionWords {
  return new Map(words.flatMap((word) => [[word, word] as const, [word.toUpperCase(), word]]));
}

/**
 * Reads options from argument `from` on. One condition and one word about expiry; the same word again is allowed,
 * and its last value counts. Throws a syntax error.
 * Source: Redis 8.4 src/t_string.c, parseExtendedStringArgumentsOrReply.
 */
export function parseStringOptions(
  argv: readonly Bytes[],
  { from, allowed }: { readonly from: number; readonly allowed: OptionWords },
): StringOptions {
  let condition: ConditionWord | undefined;
  let comparand = EMPTY;
  let get = false;
  let lifetime: "keepttl" | "persist" | ExpiryUnit | undefined;
  let expiry: StringOptions["expiry"];
  for (let index = from; index < argv.length; index += 1) {
    const text = argv[index] as Bytes; // below length
    const word = allowed.get(text) ?? allowed.get(lower(text));
    if (word === undefined) throw SYNTAX_ERROR;
    switch (word) {
      case "get":
        get = true;
        break;
      case "nx":
      case "xx":
        condition = only(condition, word);
        break;
      case "ifeq":
      case "ifne":
      case "ifdeq":
      case "ifdne":
        condition = only(condition, word);
        comparand = following(argv, index);
        index += 1;
        break;
      case "keepttl":
      case "persist":
        lifetime = only(lifetime, word);
        break;
      case "ex":
      case "px":
      case "exat":
      case "pxat":
        lifetime = only(lifetime, word);
        expiry = { unit: word, value: following(argv, index) };
        index += 1;
    }
  }
  return {
    condition,
    comparand,
    get,
    keepTtl: lifetime === "keepttl",
    persist: lifetime === "persist",
    expiry,
  };
}

/** Unix time in milliseconds. Throws unless the time is positive and fits. */
export function expiryMs(
  { unit, value }: { readonly unit: ExpiryUnit; readonly value: Bytes },
  { nowMs, command }: { readonly nowMs: number; readonly command: string },
): number {
  const { amount, atMs } = parseExpiry(value, { unit, nowMs });
  if (amount <= 0 || atMs === undefined) {
    throw new CommandError("ERR", `invalid expire time in '${command}' command`);
  }
  return atMs;
}

function only<Word>(before: Word | undefined, word: Word): Word {
  if (before !== undefined && before !== word) throw SYNTAX_ERROR;
  return word;
}

function following(argv: readonly Bytes[], index: number): Bytes {
  const value = argv[index + 1];
  if (value === undefined) throw SYNTAX_ERROR;
  return value;
}
