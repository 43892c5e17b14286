import { ascii } from "@slotcast/protocol";
import { List, Stream, STREAM_ID_MAX, STREAM_ID_MIN, type Value } from "@slotcast/store";
import type { Sha1Digest } from "./sha1-digest.ts";
import { digestBesideEntries } from "./stream-digest.ts";

/** Redis' numbers of the types (7.0 src/server.h, OBJ_STRING …). */
const TYPE_NUMBERS = { string: 0, list: 1, set: 2, stream: 6 };
const HAS_EXPIRY = ascii("!!expire!!");

/**
 * Adds a value, and whether it has an expiry, to a digest: Redis' own, and for a stream also what it has beside
 * entries. Two digests are equal when the values are, whatever they went through.
 * Source: Redis 7.0 src/debug.c, xorObjectDigest.
 */
export function digestValue(
  digest: Sha1Digest,
  value: Value,
  { hasExpiry }: { readonly hasExpiry: boolean },
): void {
  if (typeof value === "string") {
    digest.appendNumber(TYPE_NUMBERS.string);
    digest.append(value);
  } else if (value instanceof List) {
    digest.appendNumber(TYPE_NUMBERS.list);
    value.forEachInRange({ start: 0, stop: value.length - 1 }, (element) => {
      digest.append(element);
    });
  } else if (value instanceof Stream) {
    digest.appendNumber(TYPE_NUMBERS.stream);
    digestEntries(digest, value);
    digestBesideEntries(digest, value);
  } else {
    digest.appendNumber(TYPE_NUMBERS.set);
    value.forEach((member) => {
      digest.add(member);
    });
  }
  if (hasExpiry) digest.add(HAS_EXPIRY);
}

function digestEntries(digest: Sha1Digest, stream: Stream): void {
  const all = { from: STREAM_ID_MIN, to: STREAM_ID_MAX, reverse: false, countMax: Infinity };
  stream.forEachInRange(all, (id, fields) => {
    digest.append(ascii(`${id.ms}.${id.seq}`));
    for (const field of fields) digest.append(field);
  });
}
