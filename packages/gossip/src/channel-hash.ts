import type { Bytes } from "@slotcast/protocol";

/**
 * 32 bits of a channel's name, as nodes announce it: FNV-1a with the published constants. It is part of the
 * wire format (docs/bus.md). Two channels with one hash only cost a message to a node that did not want it.
 * Cost: O(length).
 */
export function channelHash(channel: Bytes): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < channel.length; at += 1) {
    hash = Math.imul(hash ^ channel.charCodeAt(at), 0x01000193);
  }
  return hash >>> 0;
}
