import type { Bytes } from "@slotcast/protocol";
import type { MemberSet } from "@slotcast/store";
import type { CommandContext } from "../handler.ts";
import { differenceOf, someInAll, unionOf, type Operand } from "./combine-sets.ts";

/** SINTER key [key …]. Reply: a set of the members that are in all. */
export function sinter(context: CommandContext, argv: readonly Bytes[]): void {
  const members: Bytes[] = [];
  someInAll(operandsOf(context, argv), (member) => {
    members.push(member);
    return false;
  });
  context.reply.set(members.length);
  for (const member of members) context.reply.bulk(member);
}

/** SUNION key [key …]. Reply: a set of the members that are in any. */
export function sunion(context: CommandContext, argv: readonly Bytes[]): void {
  writeMembers(context, unionOf(operandsOf(context, argv), context.broker.memberSetOptions));
}

/** SDIFF key [key …]. Reply: a set of the members that are in the first only. */
export function sdiff(context: CommandContext, argv: readonly Bytes[]): void {
  writeMembers(context, differenceOf(operandsOf(context, argv), context.broker.memberSetOptions));
}

function operandsOf({ keys, nowMs }: CommandContext, argv: readonly Bytes[]): Operand[] {
  return argv.slice(1).map((key) => keys.readSet(key, nowMs));
}

function writeMembers({ reply }: CommandContext, set: MemberSet): void {
  reply.set(set.size);
  set.forEach((member) => {
    reply.bulk(member);
  });
}
