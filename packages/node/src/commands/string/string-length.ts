import { BULK_BYTES_MAX, CommandError } from "@slotcast/protocol";
import type { CommandContext } from "../handler.ts";

const TOO_LONG = new CommandError(
  "ERR",
  "string exceeds maximum allowed size (proto-max-bulk-len)",
);

/** For what makes a string longer than one argument can be. Throws above `proto-max-bulk-len`, or our own limit. */
export function checkStringLength({ broker, mustObey }: CommandContext, length: number): void {
  if (mustObey) return;
  if (length > Math.min(broker.config.get("proto-max-bulk-len"), BULK_BYTES_MAX)) throw TOO_LONG;
}
