import type { ByteReader } from "./byte-reader.ts";
import { VARINT_BYTES_MAX, type ByteWriter } from "./byte-writer.ts";
import { List } from "./list.ts";

/** A list in bytes: how many elements, then each of them, from the head (docs/dump-format.md). Cost: O(bytes). */
export function writeList(writer: ByteWriter, list: List): void {
  writer.reserve(VARINT_BYTES_MAX);
  writer.varint(list.length);
  list.forEachInRange({ start: 0, stop: list.length - 1 }, (element) => {
    writer.reserve(VARINT_BYTES_MAX + element.length);
    writer.string(element);
  });
}

/** Throws MalformedBytes; an empty list is malformed, since none is ever stored. */
export function readList(reader: ByteReader): List {
  const list = new List();
  const count = reader.countFrom1();
  for (let index = 0; index < count; index += 1) list.pushTail(reader.string());
  return list;
}
