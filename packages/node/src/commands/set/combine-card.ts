import { CommandError, lower, SYNTAX_ERROR, type Bytes } from "@slotcast/protocol";
import type { CommandContext } from "../handler.ts";
import { parseInteger } from "../parse-integer.ts";
import { someInAll, someInFirstOnly, unionOf, type Operand } from "./combine-sets.ts";

const TOO_FEW_KEYS = new CommandError("ERR", "numkeys should be greater than 0");
const TOO_MANY_KEYS = new CommandError(
  "ERR",
  "Number of keys can't be greater than number of args",
);
const NEGATIVE_LIMIT = new CommandError("ERR", "LIMIT can't be negative");

interface CardArguments {
  readonly operands: readonly Operand[];
  /** Where counting may stop. */
  readonly sizeMax: number;
}

/** SINTERCARD numkeys key [key …] [LIMIT limit]. Reply: how many members are in all sets, `limit` at most; 0: no limit. */
export function sintercard(context: CommandContext, argv: readonly Bytes[]): void {
  const { operands, sizeMax } = parseArguments(context, argv, { withApprox: false });
  context.reply.integer(countUpTo(sizeMax, (count) => someInAll(operands, count)));
}

/** SDIFFCARD numkeys key [key …] [LIMIT limit]. Reply: how many are in the first only, `limit` at most. From Redis 8.10. */
export function sdiffcard(context: CommandContext, argv: readonly Bytes[]): void {
  const { operands, sizeMax } = parseArguments(context, argv, { withApprox: false });
  context.reply.integer(countUpTo(sizeMax, (count) => someInFirstOnly(operands, count)));
}

/**
 * SUNIONCARD numkeys key [key …] [APPROX] [LIMIT limit]. Reply: how many are in any set, `limit` at most. With APPROX
 * Redis estimates by a HyperLogLog; this counts either way. From Redis 8.10.
 */
export function sunioncard(context: CommandContext, argv: readonly Bytes[]): void {
  const { operands, sizeMax } = parseArguments(context, argv, { withApprox: true });
  const [only, ...others] = operands;
  const size =
    others.length === 0
      ? (only?.size ?? 0)
      : unionOf(operands, context.broker.memberSetOptions, sizeMax).size;
  context.reply.integer(Math.min(size, sizeMax));
}

function countUpTo(
  sizeMax: number,
  someOf: (predicate: (member: Bytes) => boolean) => boolean,
): number {
  let count = 0;
  someOf(() => {
    count += 1;
    return count >= sizeMax;
  });
  return count;
}

/** Source: Redis 7.0 src/t_set.c, sinterCardCommand. */
function parseArguments(
  { keys, nowMs }: CommandContext,
  argv: readonly Bytes[],
  { withApprox }: { readonly withApprox: boolean },
): CardArguments {
  const keyCount = parseInteger(argv[1] as Bytes); // arity
  if (keyCount === undefined || keyCount < 1) throw TOO_FEW_KEYS;
  const end = 2 + keyCount;
  if (end > argv.length) throw TOO_MANY_KEYS;
  let limit = 0;
  for (let index = end; index < argv.length; index += 1) {
    const word: string = lower(argv[index] as Bytes); // below length
    const next = argv[index + 1];
    if (word === "limit" && next !== undefined) {
      limit = parseInteger(next) ?? -1;
      if (limit < 0) throw NEGATIVE_LIMIT;
      index += 1;
    } else if (word !== "approx" || !withApprox) {
      throw SYNTAX_ERROR;
    }
  }
  const operands = argv.slice(2, end).map((key) => keys.readSet(key, nowMs));
  return { operands, sizeMax: limit === 0 ? Number.POSITIVE_INFINITY : limit };
}
