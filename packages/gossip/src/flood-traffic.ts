import type { Bytes } from "@slotcast/protocol";
import { decodeBatch } from "./batch-codec.ts";
import { count, type BusCounters, type DropReason } from "./bus-stats.ts";
import { channelHash } from "./channel-hash.ts";
import { frameBody, type FrameBody } from "./frame-codec.ts";
import { BUS_FRAME_BYTES_MAX } from "./limits.ts";
import type { Peer } from "./peer.ts";
import { PublishBatches, type SealedBatch } from "./publish-batches.ts";
import { RouteCache } from "./route-cache.ts";

/**
 * `all`: every peer gets every message. `interest`: only peers that said they have a subscriber or a pattern
 * that may match, and those of which we do not know.
 */
export type PublishMode = "all" | "interest";

/** Published messages: which peers get them, in batches, within limits. */
export class FloodTraffic {
  readonly #counters: BusCounters;
  readonly #onPublish: (channel: Bytes, payload: Bytes) => void;
  readonly #batches: PublishBatches<Peer>;
  readonly #routes: RouteCache<Peer>;
  #peers: readonly Peer[] = [];
  #mode: PublishMode;
  /** Per link; 0: no limit. */
  linkSendbufLimitBytes: number;

  constructor(options: {
    readonly mode: PublishMode;
    readonly linkSendbufLimitBytes: number;
    readonly counters: BusCounters;
    readonly onPublish: (channel: Bytes, payload: Bytes) => void;
  }) {
    this.#mode = options.mode;
    this.linkSendbufLimitBytes = options.linkSendbufLimitBytes;
    this.#counters = options.counters;
    this.#onPublish = options.onPublish;
    this.#batches = new PublishBatches((sealed) => {
      this.#send(sealed);
    });
    this.#routes = new RouteCache((channel) => this.#choose(channel));
  }

  get mode(): PublishMode {
    return this.#mode;
  }

  set mode(mode: PublishMode) {
    this.#mode = mode;
    this.#routes.invalidate();
  }

  setPeers(peers: readonly Peer[]): void {
    this.#peers = peers;
    this.#routes.invalidate();
    this.#batches.setTargets(peers);
  }

  /** Hot: one Map look-up, and per different batch two concatenations. */
  publish(channel: Bytes, payload: Bytes): void {
    const route = this.#routes.routeOf(channel);
    if (route.targets.length > 0) this.#batches.append(route, payload);
  }

  flush(): void {
    this.#batches.flush();
  }

  interestChanged(): void {
    this.#routes.invalidate();
  }

  /** Returns how many messages the frame held. */
  receive(body: Buffer): number {
    return decodeBatch(body, this.#onPublish);
  }

  #choose(channel: Bytes): readonly Peer[] {
    if (this.#mode === "all") return this.#peers;
    const hash = channelHash(channel);
    return this.#peers.filter((peer) => peer.interest.wants(channel, hash));
  }

  #send(sealed: SealedBatch<Peer>): void {
    let body: FrameBody | undefined;
    for (const peer of sealed.targets) {
      const { link } = peer.outbound.flood;
      if (link === undefined) {
        this.#drop(peer, sealed, "link-down");
      } else if (sealed.sizeBytes > BUS_FRAME_BYTES_MAX) {
        this.#drop(peer, sealed, "too-large");
      } else if (this.#isFull(link.queuedBytes, sealed.sizeBytes)) {
        this.#drop(peer, sealed, "sendbuf-limit");
      } else {
        body ??= frameBody(...sealed.parts());
        link.send("publish", body, sealed.messages);
      }
    }
  }

  /** An empty queue takes any batch: a message longer than the limit could never be sent otherwise. */
  #isFull(queuedBytes: number, batchBytes: number): boolean {
    const limitBytes = this.linkSendbufLimitBytes;
    return limitBytes > 0 && queuedBytes > 0 && queuedBytes + batchBytes > limitBytes;
  }

  #drop(peer: Peer, { messages, sizeBytes }: SealedBatch<Peer>, reason: DropReason): void {
    count(this.#counters.drops[reason], messages, sizeBytes);
    count(peer.drops, messages, sizeBytes);
  }
}
