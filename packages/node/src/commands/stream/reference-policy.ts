import type { ReferencePolicy } from "@slotcast/store";

/** `word` in lower case. */
export function isReferencePolicy(word: string): word is ReferencePolicy {
  return word === "keepref" || word === "delref" || word === "acked";
}
