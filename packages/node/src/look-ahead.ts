import { UpcomingKeys, type RequestDecoder } from "@slotcast/protocol";
import type { KeyStore } from "@slotcast/store";

const keys = new UpcomingKeys();

/**
 * Has the keys of requests that wait in a decoder looked up together. To be called where there are so many keys that
 * looking them up one after the other is mostly waiting for memory (`KeyStore.isLarge`). The requests are still decoded and
 * executed one after the other, and nothing depends on this but the time they take.
 *
 * Returns for how many requests; 0: one has begun, or was looked at before, or is not whole, or not usual. Why all this:
 * docs/decisions/0011-look-ahead.md.
 */
export function lookAhead(decoder: RequestDecoder, store: KeyStore): number {
  decoder.lookAhead(keys);
  store.expect(keys);
  const { count } = keys;
  keys.forget();
  return count;
}
