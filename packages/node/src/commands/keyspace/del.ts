import type { Bytes } from "@slotcast/protocol";
import type { CommandContext } from "../handler.ts";

/** DEL key [key …], and UNLINK: values are garbage at once either way. Reply: how many there were. */
export function del(context: CommandContext, argv: readonly Bytes[]): void {
  const { keys, nowMs } = context;
  let deleted = 0;
  for (let index = 1; index < argv.length; index += 1) {
    const key = argv[index] as Bytes; // below length
    if (keys.peek(key, nowMs) === undefined) continue;
    keys.delete(key);
    context.notify("generic", "del", key);
    deleted += 1;
  }
  if (deleted > 0) context.effects?.append(argv);
  context.reply.integer(deleted);
}
