import { ascii, CommandError, lower, wrongArity, type Bytes } from "@slotcast/protocol";
import type { CommandContext } from "../handler.ts";
import { passes } from "./compare-value.ts";
import type { ComparisonWord } from "./string-options.ts";

const NOT_A_STRING = new CommandError(
  "ERR",
  "Key should be of string type if conditions are specified",
);
const INVALID_CONDITION = new CommandError(
  "ERR",
  "Invalid condition. Use IFEQ, IFNE, IFDEQ, or IFDNE",
);
const COMPARISONS: ReadonlySet<string> = new Set<ComparisonWord>([
  "ifeq",
  "ifne",
  "ifdeq",
  "ifdne",
]);

/**
 * DELEX key [IFEQ value | IFNE value | IFDEQ digest | IFDNE digest] (8.4)
 *
 * Reply: 1 when the key was deleted, 0 when it is missing or did not pass. Without a condition a key of any type.
 * Source: Redis 8.4 src/db.c, delexCommand.
 */
export function delex(context: CommandContext, argv: readonly Bytes[]): void {
  const { keys, nowMs, reply } = context;
  if (argv.length !== 2 && argv.length !== 4) throw wrongArity("delex");
  const [, key, wordText, comparand] = argv as readonly [Bytes, Bytes, Bytes?, Bytes?]; // arity
  const value = keys.peek(key, nowMs);
  let isMet = value !== undefined;
  if (value !== undefined && wordText !== undefined && comparand !== undefined) {
    if (typeof value !== "string") throw NOT_A_STRING;
    const word: string = lower(wordText);
    if (!isComparison(word)) throw INVALID_CONDITION;
    isMet = passes(word, value, comparand);
  }
  if (isMet) deleteKey(context, key);
  reply.integer(isMet ? 1 : 0);
}

/** DELIFEQ key value (Valkey 9). Reply: 1 when the key held this string and was deleted, 0 otherwise. */
export function delifeq(context: CommandContext, argv: readonly Bytes[]): void {
  const [, key, value] = argv as readonly [Bytes, Bytes, Bytes]; // arity
  const isEqual = context.keys.peekString(key, context.nowMs) === value;
  if (isEqual) deleteKey(context, key);
  context.reply.integer(isEqual ? 1 : 0);
}

function isComparison(word: string): word is ComparisonWord {
  return COMPARISONS.has(word);
}

function deleteKey(context: CommandContext, key: Bytes): void {
  context.keys.delete(key);
  context.notify("generic", "del", key);
  context.effects?.append([ascii("DEL"), key]);
}
