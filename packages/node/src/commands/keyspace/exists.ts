import type { Bytes } from "@slotcast/protocol";
import type { CommandContext } from "../handler.ts";

/** EXISTS key [key …], and TOUCH. Reply: how many of them there are; a key named twice counts twice. */
export function exists(context: CommandContext, argv: readonly Bytes[]): void {
  const { keys, nowMs } = context;
  let count = 0;
  for (let index = 1; index < argv.length; index += 1) {
    const key = argv[index] as Bytes; // below length
    if (keys.read(key, nowMs) !== undefined) count += 1;
  }
  context.reply.integer(count);
}
