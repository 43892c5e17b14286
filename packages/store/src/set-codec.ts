import { MalformedBytes, type ByteReader } from "./byte-reader.ts";
import { VARINT_BYTES_MAX, type ByteWriter } from "./byte-writer.ts";
import { MemberSet, type MemberSetOptions } from "./member-set.ts";

/**
 * A set in bytes: how many members, then each of them, in no order (docs/dump-format.md). How the set keeps them is
 * not told: reading adds them one by one, and integers may become an intset again, as in Redis. Cost: O(bytes).
 */
export function writeSet(writer: ByteWriter, set: MemberSet): void {
  writer.reserve(VARINT_BYTES_MAX);
  writer.varint(set.size);
  set.forEach((member) => {
    writer.reserve(VARINT_BYTES_MAX + member.length);
    writer.string(member);
  });
}

/** Throws MalformedBytes; an empty set is malformed, and one with a member twice. */
export function readSet(reader: ByteReader, options: MemberSetOptions): MemberSet {
  const set = new MemberSet(options);
  const count = reader.countFrom1();
  for (let index = 0; index < count; index += 1) {
    if (!set.add(reader.string())) throw new MalformedBytes("a member twice");
  }
  return set;
}
