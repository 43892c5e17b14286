import { CommandError, lower, SYNTAX_ERROR, type Bytes } from "@slotcast/protocol";
import type { ListEnd } from "@slotcast/store";
import type { CommandContext } from "../handler.ts";
import { parseInteger } from "../parse-integer.ts";
import { parseTimeoutSeconds } from "../parse-timeout.ts";
import { parseListEnd } from "./list-end.ts";
import { popRange } from "./pop.ts";

const KEYS_NOT_POSITIVE = new CommandError("ERR", "numkeys should be greater than 0");
const COUNT_NOT_POSITIVE = new CommandError("ERR", "count should be greater than 0");

interface Pop {
  readonly keys: readonly Bytes[];
  readonly end: ListEnd;
  readonly count: number;
}

/**
 * LMPOP numkeys key [key …] <LEFT | RIGHT> [COUNT count]
 *
 * Reply: the first key that has elements, and up to `count` of them; the null array without one.
 * Source: Redis 7.0 src/t_list.c, lmpopGenericCommand.
 */
export function lmpop(context: CommandContext, argv: readonly Bytes[]): void {
  const pop = parsePop(argv, 1);
  if (!popFirst(context, pop, pop.keys)) context.reply.nullArray();
}

/** BLMPOP timeout numkeys key [key …] <LEFT | RIGHT> [COUNT count]. Reply: as LMPOP, and after the time-out. */
export function blmpop(context: CommandContext, argv: readonly Bytes[]): void {
  const { readyKey } = context;
  const pop = parsePop(argv, 2);
  const timeoutMs = parseTimeoutSeconds(argv[1] as Bytes); // arity
  const { keys } = pop;
  if (popFirst(context, pop, readyKey === undefined ? keys : [readyKey])) return;
  context.park({ keys, waitsFor: "list", timeoutMs, argv });
}

function parsePop(argv: readonly Bytes[], countAt: number): Pop {
  const keysCount = parseInteger(argv[countAt] as Bytes); // arity
  if (keysCount === undefined || keysCount <= 0) throw KEYS_NOT_POSITIVE;
  const endAt = countAt + 1 + keysCount;
  const endWord = argv[endAt];
  if (endWord === undefined) throw SYNTAX_ERROR;
  const end = parseListEnd(endWord);
  const keys = argv.slice(countAt + 1, endAt);
  const [countWord, countText, ...more] = argv.slice(endAt + 1);
  if (countWord === undefined) return { keys, end, count: 1 };
  if (countText === undefined || lower(countWord) !== "count") throw SYNTAX_ERROR;
  const count = parseInteger(countText);
  if (count === undefined || count <= 0) throw COUNT_NOT_POSITIVE;
  if (more.length > 0) throw SYNTAX_ERROR;
  return { keys, end, count };
}

/** False: none of the keys is there. */
function popFirst(context: CommandContext, { end, count }: Pop, keys: readonly Bytes[]): boolean {
  for (const key of keys) {
    const list = context.keys.peekList(key, context.nowMs);
    if (list === undefined) continue;
    context.reply.array(2);
    context.reply.bulk(key);
    popRange(context, key, { list, end, count });
    return true;
  }
  return false;
}
