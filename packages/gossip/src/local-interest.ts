import { own, type Bytes } from "@slotcast/protocol";
import { channelHash } from "./channel-hash.ts";
import type { AnnouncedPatterns, ControlMessage } from "./control-messages.ts";
import {
  INTEREST_ACK_TIMEOUT_MS,
  INTEREST_CHANNELS_MAX,
  INTEREST_PATTERNS_BYTES_MAX,
  INTEREST_PATTERNS_MAX,
} from "./limits.ts";

/**
 * How the node says what its subscribers want: `add` when a channel or pattern gets its first subscriber
 * here, `remove` when it loses the last. What is added in a turn is announced by the turn's `Bus.flush`.
 *
 * Subscribing must be effective before it is confirmed. `add…` therefore returns the number that
 * `acknowledgedSeq` must reach before the subscriber may be told, or 0 when it may be told at once. The
 * callback `onInterestAcknowledged` says that `acknowledgedSeq` grew.
 */
export interface InterestRegistry {
  addChannel(channel: Bytes): number;
  removeChannel(channel: Bytes): void;
  addPattern(pattern: Bytes): number;
  removePattern(pattern: Bytes): void;
  /** Every connected peer knows all that was announced up to this number. Never decreases. */
  readonly acknowledgedSeq: number;
}

/** In place of an increment's number; those start at 1. */
const NOT_ANNOUNCED = 0;

interface Listener {
  acknowledgedSeq: number;
  /** Since when an increment waits for this peer's acknowledgement; undefined: none does. */
  waitingSinceMs: number | undefined;
}

/**
 * What this node wants from its peers, and how much of that each of them has acknowledged. Pure: the caller
 * sends what `takeIncrements` returns, and tells of peers that come, acknowledge and go.
 *
 * Why a peer counts from the moment its link is up, with everything announced so far: it either has not read
 * the full digest yet, and then sends everything, or it has, and then knows it all.
 */
export class LocalInterest implements InterestRegistry {
  readonly #onAcknowledged: () => void;
  readonly #channelsMax: number;
  /** Channels by hash: two that collide are one on the wire, and gone when both are. */
  readonly #counts = new Map<number, number>();
  /** Hashes that peers were told, and in which increment. */
  readonly #announcedAt = new Map<number, number>();
  /** Hashes added or removed since the latest increment. */
  readonly #touched = new Set<number>();
  /** Patterns and the increment that covered them first. */
  readonly #patterns = new Map<Bytes, number>();
  #patternsBytes = 0;
  #patternsTouched = false;
  /** Too many channels to announce one by one. */
  #isOverfull = false;
  /** The increment since which peers send everything; undefined: they do not. */
  #everythingAt: number | undefined;
  /** Somebody waits for the next increment, so there must be one. */
  #isPromised = false;
  #seq = 0;
  #acknowledgedSeq = 0;
  readonly #listeners = new Map<string, Listener>();

  constructor(options: {
    readonly onAcknowledged: () => void;
    /** Default: INTEREST_CHANNELS_MAX. */
    readonly channelsMax?: number;
  }) {
    this.#onAcknowledged = options.onAcknowledged;
    this.#channelsMax = options.channelsMax ?? INTEREST_CHANNELS_MAX;
  }

  get acknowledgedSeq(): number {
    return this.#acknowledgedSeq;
  }

  /** Different hashes wanted. */
  get channelsCount(): number {
    return this.#counts.size;
  }

  addChannel(channel: Bytes): number {
    const hash = channelHash(channel);
    this.#counts.set(hash, (this.#counts.get(hash) ?? 0) + 1);
    const announcedAt = this.#announcedAt.get(hash);
    if (announcedAt === undefined) this.#touched.add(hash);
    return this.#seqToAwait(this.#everythingAt ?? announcedAt);
  }

  /** The channel must have been added. */
  removeChannel(channel: Bytes): void {
    const hash = channelHash(channel);
    const count = this.#counts.get(hash) ?? 0;
    if (count > 1) {
      this.#counts.set(hash, count - 1);
      return;
    }
    this.#counts.delete(hash);
    this.#touched.add(hash);
  }

  addPattern(pattern: Bytes): number {
    const announcedAt = this.#patterns.get(pattern);
    if (announcedAt === undefined) {
      this.#patterns.set(own(pattern), NOT_ANNOUNCED);
      this.#patternsBytes += pattern.length;
      this.#patternsTouched = true;
    }
    return this.#seqToAwait(
      this.#everythingAt ?? (announcedAt === NOT_ANNOUNCED ? undefined : announcedAt),
    );
  }

  removePattern(pattern: Bytes): void {
    if (!this.#patterns.delete(pattern)) return;
    this.#patternsBytes -= pattern.length;
    this.#patternsTouched = true;
  }

  /**
   * The digest for a peer whose link has just come up: all that is wanted now, announced or not, and all that
   * is announced still. A channel that goes and comes back within the turn is in no increment.
   */
  full(): ControlMessage {
    const wanted = this.#isOverfull
      ? []
      : new Set([...this.#counts.keys(), ...this.#announcedAt.keys()]);
    const channels = [...wanted];
    const patterns = this.#announcedPatterns();
    return { name: "interestFull", body: { seq: this.#seq, channels, patterns } };
  }

  /**
   * What all connected peers must be told now: usually nothing, or one message. The first message has the
   * number that `add…` returned in this turn.
   */
  takeIncrements(nowMs: number): ControlMessage[] {
    if (this.#touched.size === 0 && !this.#patternsTouched && !this.#isPromised) return [];
    const messages = this.#increments();
    this.#touched.clear();
    this.#patternsTouched = false;
    this.#isPromised = false;
    if (messages.length > 0) {
      for (const listener of this.#listeners.values()) listener.waitingSinceMs ??= nowMs;
      this.#settle();
    }
    return messages;
  }

  /** The peer's control link is up and `full()` was sent on it. */
  peerConnected(peerId: string): void {
    this.#listeners.set(peerId, { acknowledgedSeq: this.#seq, waitingSinceMs: undefined });
  }

  peerAcknowledged(peerId: string, seq: number, nowMs: number): void {
    const listener = this.#listeners.get(peerId);
    // A number from the future, or an old one, changes nothing: acknowledgements are cumulative.
    if (listener === undefined || seq > this.#seq || seq <= listener.acknowledgedSeq) return;
    listener.acknowledgedSeq = seq;
    listener.waitingSinceMs = seq === this.#seq ? undefined : nowMs;
    this.#settle();
  }

  /** Nobody waits for it any more: when it comes back, it gets the full digest, and sends all until then. */
  peerGone(peerId: string): void {
    if (this.#listeners.delete(peerId)) this.#settle();
  }

  /** Peers that were told something and did not acknowledge it in time. */
  overdue(nowMs: number): string[] {
    const late: string[] = [];
    for (const [peerId, { waitingSinceMs }] of this.#listeners) {
      if (waitingSinceMs !== undefined && nowMs - waitingSinceMs >= INTEREST_ACK_TIMEOUT_MS) {
        late.push(peerId);
      }
    }
    return late;
  }

  #seqToAwait(announcedAt: number | undefined): number {
    if (this.#listeners.size === 0) return 0;
    if (announcedAt === undefined) {
      this.#isPromised = true;
      return this.#seq + 1;
    }
    return announcedAt > this.#acknowledgedSeq ? announcedAt : 0;
  }

  #announcedPatterns(): AnnouncedPatterns {
    return this.#isOverfull ||
      this.#patterns.size > INTEREST_PATTERNS_MAX ||
      this.#patternsBytes > INTEREST_PATTERNS_BYTES_MAX
      ? "everything"
      : [...this.#patterns.keys()];
  }

  #increments(): ControlMessage[] {
    // Half way back, so that a node at the limit does not send its whole digest again and again.
    const limit = this.#isOverfull ? this.#channelsMax / 2 : this.#channelsMax;
    const isOverfull = this.#counts.size > limit;
    if (isOverfull !== this.#isOverfull) {
      this.#isOverfull = isOverfull;
      return [this.#renew()];
    }
    if (isOverfull) return [];
    const removed: number[] = [];
    const added: number[] = [];
    for (const hash of this.#touched) {
      const isWanted = this.#counts.has(hash);
      if (isWanted && !this.#announcedAt.has(hash)) added.push(hash);
      else if (!isWanted && this.#announcedAt.has(hash)) removed.push(hash);
    }
    const messages: ControlMessage[] = [];
    if (added.length > 0 || this.#patternsTouched || this.#isPromised) {
      messages.push(this.#announce(added));
    }
    if (removed.length > 0) messages.push(this.#retract(removed));
    return messages;
  }

  #announce(added: number[]): ControlMessage {
    this.#seq += 1;
    const body = { seq: this.#seq, channels: added };
    for (const hash of added) this.#announcedAt.set(hash, this.#seq);
    if (!this.#patternsTouched) return { name: "interestAdd", body };
    const patterns = this.#announcedPatterns();
    this.#notePatterns(patterns);
    return { name: "interestAdd", body: { ...body, patterns } };
  }

  #retract(removed: number[]): ControlMessage {
    this.#seq += 1;
    for (const hash of removed) this.#announcedAt.delete(hash);
    return { name: "interestRemove", body: { seq: this.#seq, channels: removed } };
  }

  /** A full digest as an increment, when the channels become too many, or few enough again. */
  #renew(): ControlMessage {
    this.#seq += 1;
    this.#announcedAt.clear();
    // Each was covered until now by "everything", so none has to be waited for longer than before.
    if (!this.#isOverfull) {
      for (const hash of this.#counts.keys()) this.#announcedAt.set(hash, this.#everythingAt ?? 0);
    }
    this.#notePatterns(this.#announcedPatterns());
    return this.full();
  }

  #notePatterns(patterns: AnnouncedPatterns): void {
    this.#everythingAt = patterns === "everything" ? (this.#everythingAt ?? this.#seq) : undefined;
    for (const [pattern, seq] of this.#patterns) {
      if (seq === NOT_ANNOUNCED) this.#patterns.set(pattern, this.#seq);
    }
  }

  #settle(): void {
    let lowest = this.#seq;
    for (const { acknowledgedSeq } of this.#listeners.values()) {
      lowest = Math.min(lowest, acknowledgedSeq);
    }
    if (lowest <= this.#acknowledgedSeq) return;
    this.#acknowledgedSeq = lowest;
    this.#onAcknowledged();
  }
}
