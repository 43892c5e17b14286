import { CommandError, toText, type Bytes } from "@slotcast/protocol";
import { parseMemorySize } from "../../config/memory-size.ts";
import type { CommandContext } from "../handler.ts";
import { entryOf } from "./entry-of.ts";

const NO_LISTPACK = new CommandError("ERR", "Not a listpack encoded object.");
const NO_THRESHOLD = new CommandError(
  "ERR",
  "argument must be a memory value bigger than 1 and smaller than 4gb",
);
const THRESHOLD_BYTES_MAX = 2n ** 32n - 1n;

/** DEBUG LISTPACK key: nothing is one here, as nothing of our types is in Redis 7.0. */
export function debugListpack(context: CommandContext, argv: readonly Bytes[]): void {
  entryOf(context, argv[2] as Bytes); // the topic has one argument
  throw NO_LISTPACK;
}

/**
 * DEBUG QUICKLIST-PACKED-THRESHOLD bytes: where Redis keeps an element of a list apart. Our lists need no telling;
 * the argument is checked.
 */
export function debugQuicklistPackedThreshold(
  { reply }: CommandContext,
  argv: readonly Bytes[],
): void {
  const sizeBytes = parseMemorySize(toText(argv[2] as Bytes)); // the topic has one argument
  if (sizeBytes === undefined || sizeBytes > THRESHOLD_BYTES_MAX) throw NO_THRESHOLD;
  reply.ok();
}
