import { ascii, slice, type Bytes } from "@slotcast/protocol";
import type { KeyTable } from "@slotcast/store";

/**
 * What a BY or GET pattern of SORT means for an element: the string at the key that has the element in place of the
 * first `*`; for `#` the element itself. `undefined`: no such key, or no string. `key*->field` names a field of a
 * hash, and there are no hashes. Source: Redis 7.0 src/sort.c, lookupKeyByPattern.
 */
export function lookUpPattern(
  keys: KeyTable,
  pattern: Bytes,
  { element, nowMs }: { readonly element: Bytes; readonly nowMs: number },
): Bytes | undefined {
  if (pattern === "#") return element;
  const star = pattern.indexOf("*");
  if (star === -1) return undefined;
  const arrow = pattern.indexOf("->", star + 1);
  const hasField = arrow !== -1 && arrow + 2 < pattern.length;
  const after = slice(pattern, star + 1, hasField ? arrow : pattern.length);
  const value = keys.read(ascii(slice(pattern, 0, star) + element + after), nowMs);
  return typeof value === "string" && !hasField ? value : undefined;
}
