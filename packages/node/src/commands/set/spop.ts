import { ascii, OUT_OF_RANGE_POSITIVE, SYNTAX_ERROR, type Bytes } from "@slotcast/protocol";
import type { MemberSet } from "@slotcast/store";
import type { CommandContext } from "../handler.ts";
import { parseInteger } from "../parse-integer.ts";
import { announceRemoval } from "./announce-removal.ts";

/** Members of one SREM in the log and to replicas; more follow in further ones. As Redis 7.2. */
const MEMBERS_PER_EFFECT = 1024;

/**
 * SPOP key [count]. Reply: a random member that was removed, or null; with count a set of up to so many.
 * Effects name the members chosen here. Source: Redis 7.0 src/t_set.c, spopCommand.
 */
export function spop(context: CommandContext, argv: readonly Bytes[]): void {
  const { keys, nowMs, reply } = context;
  const [, key, countText] = argv as readonly [Bytes, Bytes, Bytes?]; // arity
  if (countText !== undefined) {
    popSeveral(context, argv);
    return;
  }
  const set = keys.peekSet(key, nowMs);
  if (set === undefined) {
    reply.nullBulk();
    return;
  }
  const member = takeMember(set);
  reply.bulk(member);
  announceRemoval(context, key, { set, event: "spop" });
  context.effects?.append([ascii("SREM"), key, member]);
}

function popSeveral(context: CommandContext, argv: readonly Bytes[]): void {
  const { keys, nowMs, reply } = context;
  if (argv.length > 3) throw SYNTAX_ERROR;
  const [, key, countText] = argv as readonly [Bytes, Bytes, Bytes]; // checked by the caller
  const count = parseInteger(countText);
  if (count === undefined || count < 0) throw OUT_OF_RANGE_POSITIVE;
  const set = keys.peekSet(key, nowMs);
  const taken = Math.min(count, set?.size ?? 0);
  reply.set(taken);
  if (set === undefined || taken === 0) return;
  if (taken === set.size) {
    set.forEach((member) => {
      reply.bulk(member);
    });
    keys.delete(key);
    context.notify("set", "spop", key);
    context.notify("generic", "del", key);
    context.effects?.append([ascii("DEL"), key]);
    return;
  }
  const isRecorded = context.effects !== undefined;
  const members: Bytes[] = [];
  for (let index = 0; index < taken; index += 1) {
    const member = takeMember(set);
    reply.bulk(member);
    if (isRecorded) members.push(member);
  }
  announceRemoval(context, key, { set, event: "spop" });
  for (let first = 0; first < members.length; first += MEMBERS_PER_EFFECT) {
    const part = members.slice(first, first + MEMBERS_PER_EFFECT);
    context.effects?.append([ascii("SREM"), key, ...part]);
  }
}

/** The set is not empty. */
function takeMember(set: MemberSet): Bytes {
  const member = set.randomMember(Math.random);
  set.delete(member);
  return member;
}
