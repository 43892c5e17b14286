import { CommandError, NOT_AN_INTEGER, type Bytes } from "@slotcast/protocol";
import type { CommandContext } from "../handler.ts";
import { parseInteger } from "../parse-integer.ts";

const NO_SUCH_KEY = new CommandError("ERR", "no such key");
const OUT_OF_RANGE = new CommandError("ERR", "index out of range");

/** LSET key index element. Reply: OK. A negative index counts from the tail. */
export function lset(context: CommandContext, argv: readonly Bytes[]): void {
  const { keys, nowMs } = context;
  const [, key, indexText, element] = argv as readonly [Bytes, Bytes, Bytes, Bytes]; // arity
  const list = keys.peekList(key, nowMs);
  if (list === undefined) throw NO_SUCH_KEY;
  const given = parseInteger(indexText);
  if (given === undefined) throw NOT_AN_INTEGER;
  const index = given < 0 ? given + list.length : given;
  if (index < 0 || index >= list.length) throw OUT_OF_RANGE;
  list.set(index, element);
  keys.touch(key);
  context.notify("list", "lset", key);
  context.effects?.append(argv);
  context.reply.ok();
}
