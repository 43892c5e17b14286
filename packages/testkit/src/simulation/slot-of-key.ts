import { SLOTS } from "@slotcast/protocol";

/** Keys are numbers here, and neighbours lie in slots of different shards: see assembled-facts.ts. */
export function slotOfKey(key: number): number {
  return key % SLOTS;
}
