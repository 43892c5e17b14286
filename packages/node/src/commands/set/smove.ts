import type { Bytes } from "@slotcast/protocol";
import { MemberSet } from "@slotcast/store";
import type { CommandContext } from "../handler.ts";
import { announceRemoval } from "./announce-removal.ts";

/**
 * SMOVE source destination member. Reply: 1 when it was in the source, also when it stays there because both are the
 * same; 0 otherwise. Source: Redis 7.0 src/t_set.c, smoveCommand.
 */
export function smove(context: CommandContext, argv: readonly Bytes[]): void {
  const { broker, keys, nowMs, reply } = context;
  const [, from, to, member] = argv as readonly [Bytes, Bytes, Bytes, Bytes]; // arity
  const source = keys.peekSet(from, nowMs);
  // Without a source, nobody asks of what type the destination is.
  const existing = source === undefined ? undefined : keys.peekSet(to, nowMs);
  if (source === undefined || source === existing) {
    reply.integer(source?.has(member) === true ? 1 : 0);
    return;
  }
  if (!source.delete(member)) {
    reply.integer(0);
    return;
  }
  announceRemoval(context, from, { set: source, event: "srem" });
  const destination = existing ?? new MemberSet(broker.memberSetOptions);
  const isNew = destination.add(member);
  if (existing === undefined) keys.set(to, destination);
  else if (isNew) keys.touch(to);
  if (isNew) context.notify("set", "sadd", to);
  context.effects?.append(argv);
  reply.integer(1);
}
