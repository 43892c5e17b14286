import { CommandError, type Bytes } from "@slotcast/protocol";
import { encodePayload } from "@slotcast/store";
import type { CommandContext } from "../handler.ts";

const TOO_LARGE = new CommandError("ERR", "the value is too large for one payload");

/** DUMP key. Reply: the value for RESTORE (docs/dump-format.md), without its expiry; null when there is none. */
export function dump({ keys, nowMs, reply }: CommandContext, argv: readonly Bytes[]): void {
  const [, key] = argv as readonly [Bytes, Bytes]; // arity
  const value = keys.read(key, nowMs);
  if (value === undefined) {
    reply.nullBulk();
    return;
  }
  const payload = encodePayload(value);
  if (payload === undefined) throw TOO_LARGE;
  reply.bulk(payload);
}
