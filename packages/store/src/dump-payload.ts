import { BULK_BYTES_MAX, crc64, type Bytes } from "@slotcast/protocol";
import { ByteReader, MalformedBytes } from "./byte-reader.ts";
import { ByteWriter } from "./byte-writer.ts";
import type { Value } from "./key-table.ts";
import { readValue, writeValue, type ValueSurroundings } from "./value-codec.ts";

/** Of docs/dump-format.md. A payload of another version is refused: there is one so far. */
const VERSION = 1;
/** Makes the version of a payload a number above every version of Redis, which therefore refuses ours as we do its. */
const ORIGIN = "S".charCodeAt(0);
/** Version, origin, checksum. */
const FOOTER_BYTES = 10;

/** What RESTORE must tell apart. */
export type DecodedPayload =
  | { readonly is: "value"; readonly value: Value }
  /** Not ours, of another version, or damaged on the way. */
  | { readonly is: "foreign" }
  /** The checksum is right and the content makes no sense: no DUMP wrote it. */
  | { readonly is: "malformed" };

/**
 * The value as DUMP gives it away: its bytes, a version and a checksum over both (docs/dump-format.md). `undefined`
 * when that is more than a reply can hold (BULK_BYTES_MAX).
 */
export function encodePayload(value: Value): Bytes | undefined {
  const writer = new ByteWriter(BULK_BYTES_MAX);
  try {
    writeValue(writer, value);
    writer.reserve(FOOTER_BYTES);
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
  writer.byte(VERSION);
  writer.byte(ORIGIN);
  const { high, low } = crc64(writer.text(0, writer.length));
  writer.u32(high);
  writer.u32(low);
  return writer.text(0, writer.length);
}

/** Takes any bytes whatever: it never throws, and what it gives back owes them nothing. */
export function decodePayload(payload: Bytes, surroundings: ValueSurroundings): DecodedPayload {
  const end = payload.length - FOOTER_BYTES;
  if (end < 0) return { is: "foreign" };
  const footer = new ByteReader(payload, end);
  if (footer.byte() !== VERSION || footer.byte() !== ORIGIN) return { is: "foreign" };
  const { high, low } = crc64(payload, 0, payload.length - 8);
  if (footer.u32() !== high || footer.u32() !== low) return { is: "foreign" };
  try {
    const reader = new ByteReader(payload, 0, end);
    const value = readValue(reader, surroundings);
    return reader.left === 0 ? { is: "value", value } : { is: "malformed" };
  } catch (error) {
    if (error instanceof MalformedBytes) return { is: "malformed" };
    throw error;
  }
}
