import { ascii, type Bytes } from "@slotcast/protocol";
import type { ListEnd } from "@slotcast/store";
import type { CommandContext } from "../handler.ts";
import { parseTimeoutSeconds } from "../parse-timeout.ts";
import { popFrom } from "./pop.ts";

/**
 * BLPOP key [key …] timeout
 *
 * Reply: the first key that has an element, and that element; the null array after `timeout` seconds (0: waits
 * for ever). Several keys ready at once: the first as written; while waiting: the first to become ready.
 */
export function blpop(context: CommandContext, argv: readonly Bytes[]): void {
  blockingPop(context, argv, "head");
}

/** BRPOP key [key …] timeout. Reply: as BLPOP. */
export function brpop(context: CommandContext, argv: readonly Bytes[]): void {
  blockingPop(context, argv, "tail");
}

function blockingPop(context: CommandContext, argv: readonly Bytes[], end: ListEnd): void {
  const { readyKey } = context;
  const timeoutMs = parseTimeoutSeconds(argv.at(-1) as Bytes); // arity
  const keys = argv.slice(1, -1);
  for (const key of readyKey === undefined ? keys : [readyKey]) {
    const list = context.keys.peekList(key, context.nowMs);
    if (list === undefined) continue;
    const element = popFrom(context, key, list, end);
    context.effects?.append([ascii(end === "head" ? "LPOP" : "RPOP"), key]);
    context.reply.array(2);
    context.reply.bulk(key);
    context.reply.bulk(element);
    return;
  }
  context.park({ keys, waitsFor: "list", timeoutMs, argv });
}
