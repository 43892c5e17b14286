import type { Bytes } from "@slotcast/protocol";
import { MemberSet } from "@slotcast/store";
import type { CommandContext } from "../handler.ts";

/** SADD key member [member …]. Reply: how many were not there before. Source: Redis 7.0 src/t_set.c, saddCommand. */
export function sadd(context: CommandContext, argv: readonly Bytes[]): void {
  const { broker, keys, nowMs, reply } = context;
  const key = argv[1] as Bytes; // arity
  const existing = keys.peekSet(key, nowMs);
  const set = existing ?? new MemberSet(broker.memberSetOptions);
  let added = 0;
  for (let index = 2; index < argv.length; index += 1) {
    if (set.add(argv[index] as Bytes)) added += 1; // below length
  }
  if (added > 0) {
    if (existing === undefined) keys.set(key, set);
    else keys.touch(key);
    context.notify("set", "sadd", key);
    context.effects?.append(argv);
  }
  reply.integer(added);
}
