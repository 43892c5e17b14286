import type { Bytes } from "@slotcast/protocol";
import type { MemberSet, MemberSetOptions } from "@slotcast/store";
import type { CommandContext } from "../handler.ts";
import { announceOverwritten } from "../keyspace/announce-overwritten.ts";
import { differenceOf, intersectionOf, unionOf, type Operand } from "./combine-sets.ts";

type Combine = (operands: readonly Operand[], options: MemberSetOptions) => MemberSet;

/** SINTERSTORE destination key [key …]. Reply: the size of what is stored; nothing left: the destination is deleted. */
export function sinterstore(context: CommandContext, argv: readonly Bytes[]): void {
  store(context, argv, { combine: intersectionOf, event: "sinterstore" });
}

/** SUNIONSTORE destination key [key …]. Reply: as SINTERSTORE. */
export function sunionstore(context: CommandContext, argv: readonly Bytes[]): void {
  store(context, argv, { combine: unionOf, event: "sunionstore" });
}

/** SDIFFSTORE destination key [key …]. Reply: as SINTERSTORE. */
export function sdiffstore(context: CommandContext, argv: readonly Bytes[]): void {
  store(context, argv, { combine: differenceOf, event: "sdiffstore" });
}

/** Source: Redis 7.0 src/t_set.c, sinterGenericCommand and sunionDiffGenericCommand. */
function store(
  context: CommandContext,
  argv: readonly Bytes[],
  { combine, event }: { readonly combine: Combine; readonly event: string },
): void {
  const { broker, keys, nowMs, reply } = context;
  const [, destination, ...sources] = argv as readonly [Bytes, Bytes, ...Bytes[]]; // arity
  const operands = sources.map((key) => keys.readSet(key, nowMs));
  const result = combine(operands, broker.memberSetOptions);
  const before = keys.peek(destination, nowMs);
  if (result.size > 0) {
    keys.set(destination, result);
    announceOverwritten(broker.events, keys, destination, { before, after: result });
    context.notify("set", event, destination);
    context.effects?.append(argv);
  } else if (before !== undefined) {
    keys.delete(destination);
    context.notify("generic", "del", destination);
    context.effects?.append(argv);
  }
  reply.integer(result.size);
}
