import type { Bytes } from "@slotcast/protocol";
import type { ByteReader } from "./byte-reader.ts";
import { VARINT_BYTES_MAX, type ByteWriter } from "./byte-writer.ts";

// What the codecs of several types have in common.

/** A counter may have been set to the greatest number there is, and have counted on. */
export function writeNumber(writer: ByteWriter, value: number): void {
  writer.reserve(VARINT_BYTES_MAX);
  writer.varint(Math.min(value, Number.MAX_SAFE_INTEGER));
}

export function writeString(writer: ByteWriter, text: Bytes): void {
  writer.reserve(VARINT_BYTES_MAX + text.length);
  writer.string(text);
}

/** 0 for none, else one more than the value. */
export function writeOptional(writer: ByteWriter, value: number | undefined): void {
  writeNumber(writer, value === undefined ? 0 : value + 1);
}

export function readOptional(reader: ByteReader): number | undefined {
  const value = reader.varint();
  return value === 0 ? undefined : value - 1;
}
