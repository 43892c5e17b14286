import type { Bytes } from "@slotcast/protocol";
import { decodeBatch } from "./batch-codec.ts";
import { count, type BusCounters, type DropReason } from "./bus-stats.ts";
import { channelHash } from "./channel-hash.ts";
import { frameBody, type FrameBody } from "./frame-codec.ts";
import { BUS_FRAME_BYTES_MAX } from "./limits.ts";
import type { Peer } from "./peer.ts";
import { PublishBatches, type PublishFrame, type SealedBatch } from "./publish-batches.ts";
import { RouteCache } from "./route-cache.ts";

/**
 * `all`: every peer gets every message. `interest`: only peers that said they have a subscriber or a pattern
 * that may match, and those of which we do not know.
 */
export type PublishMode = "all" | "interest";

/** A published message of a peer. Both are views into the frame's text. */
type Receiver = (channel: Bytes, payload: Bytes) => void;

/** Published messages: which peers get them, in batches, within limits. */
export class FloodTraffic {
  readonly #counters: BusCounters;
  readonly #receivers: Readonly<Record<PublishFrame, Receiver>>;
  readonly #batches: PublishBatches<Peer>;
  readonly #routes: RouteCache<Peer>;
  readonly #shardRoutes: RouteCache<Peer>;
  #peers: readonly Peer[] = [];
  #shardIds: ReadonlySet<string> = new Set();
  /** Of #peers. */
  #shardPeers: readonly Peer[] = [];
  #mode: PublishMode;
  /** Per link; 0: no limit. */
  linkSendbufLimitBytes: number;

  constructor(options: {
    readonly mode: PublishMode;
    readonly linkSendbufLimitBytes: number;
    readonly counters: BusCounters;
    readonly onPublish: Receiver;
    readonly onPublishShard: Receiver;
  }) {
    this.#mode = options.mode;
    this.linkSendbufLimitBytes = options.linkSendbufLimitBytes;
    this.#counters = options.counters;
    this.#receivers = { publish: options.onPublish, publishShard: options.onPublishShard };
    this.#batches = new PublishBatches((sealed) => {
      this.#send(sealed);
    });
    this.#routes = new RouteCache((channel) => this.#choose(channel));
    this.#shardRoutes = new RouteCache(() => this.#shardPeers, "publishShard");
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
    this.#chooseShard();
    this.#batches.setTargets(peers);
  }

  /** The other nodes of this one's shard, peers already or not yet. */
  setShardPeers(ids: readonly string[]): void {
    this.#shardIds = new Set(ids);
    this.#chooseShard();
  }

  /** Hot: one Map look-up, and per different batch two concatenations. */
  publish(channel: Bytes, payload: Bytes): void {
    const route = this.#routes.routeOf(channel);
    if (route.targets.length > 0) this.#batches.append(route, payload);
  }

  /**
   * To all peers of the shard, whether somebody listens there or not: they are few, so a subscriber on one of them has
   * nothing to wait for. False: there are none.
   */
  publishShard(channel: Bytes, payload: Bytes): boolean {
    if (this.#shardPeers.length === 0) return false;
    this.#batches.append(this.#shardRoutes.routeOf(channel), payload);
    return true;
  }

  flush(): void {
    this.#batches.flush();
  }

  interestChanged(): void {
    this.#routes.invalidate();
  }

  /** Returns how many messages the frame held. */
  receive(frame: PublishFrame, body: Buffer): number {
    return decodeBatch(body, this.#receivers[frame]);
  }

  #chooseShard(): void {
    this.#shardPeers = this.#peers.filter(({ id }) => this.#shardIds.has(id));
    this.#shardRoutes.invalidate();
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
        link.send(sealed.frame, body, sealed.messages);
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
