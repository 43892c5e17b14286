import type { Bytes } from "@slotcast/protocol";
import { hasDigest } from "./digest.ts";
import type { ComparisonWord } from "./string-options.ts";

/** Whether the value passes IFEQ, IFNE, IFDEQ or IFDNE. Throws when the comparand of the last two is no digest. */
export function passes(word: ComparisonWord, value: Bytes, comparand: Bytes): boolean {
  switch (word) {
    case "ifeq":
      return value === comparand;
    case "ifne":
      return value !== comparand;
    case "ifdeq":
      return hasDigest(value, comparand);
    case "ifdne":
      return !hasDigest(value, comparand);
  }
}
