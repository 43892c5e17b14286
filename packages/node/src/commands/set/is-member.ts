import type { Bytes } from "@slotcast/protocol";
import type { CommandContext } from "../handler.ts";

/** SISMEMBER key member. Reply: 1 or 0. */
export function sismember(context: CommandContext, argv: readonly Bytes[]): void {
  const [, key, member] = argv as readonly [Bytes, Bytes, Bytes]; // arity
  const set = context.keys.readSet(key, context.nowMs);
  context.reply.integer(set?.has(member) === true ? 1 : 0);
}

/** SMISMEMBER key member [member …]. Reply: 1 or 0 for each. */
export function smismember(context: CommandContext, argv: readonly Bytes[]): void {
  const { keys, nowMs, reply } = context;
  const set = keys.readSet(argv[1] as Bytes, nowMs); // arity
  reply.array(argv.length - 2);
  for (let index = 2; index < argv.length; index += 1) {
    reply.integer(set?.has(argv[index] as Bytes) === true ? 1 : 0); // below length
  }
}
