import type { Bytes } from "@slotcast/protocol";
import { encodePayload } from "@slotcast/store";
import type { CommandContext } from "../handler.ts";
import { encodingOf, referencesOf } from "../keyspace/object-encoding.ts";
import { entryOf } from "./entry-of.ts";

/** What DUMP adds to a value's bytes. */
const FOOTER_BYTES = 10;

/**
 * DEBUG OBJECT key: Redis' line about a value. There are no addresses here, and the length is that of our DUMP; 0
 * when that would be too long.
 */
export function debugObject(context: CommandContext, argv: readonly Bytes[]): void {
  const value = entryOf(context, argv[2] as Bytes); // the topic has one argument
  const payload = encodePayload(value);
  const serializedBytes = payload === undefined ? 0 : payload.length - FOOTER_BYTES;
  context.reply.simple(
    `Value at:0x0 refcount:${referencesOf(value)} encoding:${encodingOf(value)} ` +
      `serializedlength:${serializedBytes} lru:0 lru_seconds_idle:0`,
  );
}
