import { ascii, CommandError, lower, xxh3, type Bytes } from "@slotcast/protocol";
import type { CommandContext } from "../handler.ts";

const DIGEST_CHARS = 16;
const NOT_A_DIGEST = new CommandError(
  "ERR",
  `must be exactly ${DIGEST_CHARS} hexadecimal characters`,
);

/** DIGEST key (8.4). Reply: the XXH3 hash of the value as 16 hexadecimal digits, or null. */
export function digest(context: CommandContext, argv: readonly Bytes[]): void {
  const [, key] = argv as readonly [Bytes, Bytes]; // arity
  const value = context.keys.readString(key, context.nowMs);
  if (value === undefined) context.reply.nullBulk();
  else context.reply.bulk(digestOf(value));
}

/**
 * Throws when the comparand has not the length of a digest. Other characters are no error: they match nothing.
 * Source: Redis 8.4 src/t_string.c, validateHexDigest.
 */
export function hasDigest(value: Bytes, comparand: Bytes): boolean {
  if (comparand.length !== DIGEST_CHARS) throw NOT_A_DIGEST;
  return digestOf(value) === lower(comparand);
}

function digestOf(value: Bytes): Bytes {
  return ascii(xxh3(value).toString(16).padStart(DIGEST_CHARS, "0"));
}
