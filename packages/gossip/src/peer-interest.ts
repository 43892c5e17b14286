import { globMatches, type Bytes } from "@slotcast/protocol";
import { BusProtocolError } from "./bus-protocol-error.ts";
import type { AnnouncedPatterns, ControlBodies } from "./control-messages.ts";
import { PEER_CHANNELS_MAX } from "./limits.ts";

/**
 * What one peer said that it wants. In doubt (nothing heard on this control link, or the link is gone) it
 * gets everything: a message too many costs bytes, one too few is lost.
 * Owner: the bus; it forgets when the peer's control link closes.
 */
export class PeerInterest {
  #channels = new Set<number>();
  #patterns: AnnouncedPatterns = "everything";
  #isKnown = false;

  /** A full digest has been heard on the present link. */
  get isKnown(): boolean {
    return this.#isKnown;
  }

  forget(): void {
    this.#channels = new Set();
    this.#patterns = "everything";
    this.#isKnown = false;
  }

  replace({ channels, patterns }: ControlBodies["interestFull"]): void {
    this.#channels = new Set(channels);
    this.#patterns = patterns;
    this.#isKnown = true;
  }

  /** Throws BusProtocolError when the peer announces more than a node may. */
  add({ channels, patterns }: ControlBodies["interestAdd"]): void {
    for (const hash of channels) this.#channels.add(hash);
    if (this.#channels.size > PEER_CHANNELS_MAX) {
      throw new BusProtocolError("bad-body", "more channels than a node may announce");
    }
    if (patterns !== undefined) this.#patterns = patterns;
  }

  remove({ channels }: ControlBodies["interestRemove"]): void {
    for (const hash of channels) this.#channels.delete(hash);
  }

  /** Whether a message in this channel must be sent. Cost: a set look-up, then a glob per pattern. */
  wants(channel: Bytes, hash: number): boolean {
    if (this.#patterns === "everything" || this.#channels.has(hash)) return true;
    return this.#patterns.some((pattern) => globMatches(pattern, channel));
  }
}
