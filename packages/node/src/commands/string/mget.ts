import type { Bytes } from "@slotcast/protocol";
import type { CommandContext } from "../handler.ts";

/** MGET key [key …]. Reply: the values in this order; null for a key that is missing or holds no string. */
export function mget(context: CommandContext, argv: readonly Bytes[]): void {
  const { keys, nowMs, reply } = context;
  reply.array(argv.length - 1);
  for (let index = 1; index < argv.length; index += 1) {
    const value = keys.read(argv[index] as Bytes, nowMs); // below length
    if (typeof value === "string") reply.bulk(value);
    else reply.nullBulk();
  }
}
