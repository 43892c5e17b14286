import { ascii, type Bytes } from "@slotcast/protocol";
import type { CommandContext } from "../handler.ts";

/** The key, which must exist, ends at this Unix time; when it has passed, at once. */
export function expireKey(context: CommandContext, key: Bytes, atMs: number): void {
  const { effects, keys, nowMs } = context;
  if (atMs <= nowMs) {
    keys.delete(key);
    context.notify("generic", "del", key);
    effects?.append([ascii("DEL"), key]);
  } else {
    keys.expireAt(key, atMs);
    context.notify("generic", "expire", key);
    effects?.append([ascii("PEXPIREAT"), key, ascii(String(atMs))]);
  }
}
