import type { Bytes } from "@slotcast/protocol";
import type { MemberSet } from "@slotcast/store";
import type { CommandContext } from "../handler.ts";

/** Members of the set were removed: tells who watches the key. An empty set goes with its last member. */
export function announceRemoval(
  context: CommandContext,
  key: Bytes,
  { set, event }: { readonly set: MemberSet; readonly event: "spop" | "srem" },
): void {
  if (set.size > 0) {
    context.keys.touch(key);
    context.notify("set", event, key);
    return;
  }
  context.keys.delete(key);
  context.notify("set", event, key);
  context.notify("generic", "del", key);
}
