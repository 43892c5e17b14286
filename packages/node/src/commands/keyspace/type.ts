import type { Bytes } from "@slotcast/protocol";
import { List, MemberSet, type Value } from "@slotcast/store";
import type { CommandContext } from "../handler.ts";

/** TYPE key. Reply: string, list, set, stream, or none. */
export function type(context: CommandContext, argv: readonly Bytes[]): void {
  const [, key] = argv as readonly [Bytes, Bytes]; // arity
  context.reply.simple(typeName(context.keys.read(key, context.nowMs)));
}

export function typeName(value: Value | undefined): string {
  if (value === undefined) return "none";
  if (typeof value === "string") return "string";
  if (value instanceof List) return "list";
  return value instanceof MemberSet ? "set" : "stream";
}
