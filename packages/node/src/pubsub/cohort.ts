import type { Bytes } from "@slotcast/protocol";

/** The three spaces of names; they share no counter and no name. */
export type SubscriptionKind = "channel" | "pattern" | "shardChannel";

/** What the hub needs of a connection. */
export interface Subscriber {
  /** Pending output in order of execution. */
  out: string;
  readonly protocol: 2 | 3;
  /** Output must wait (a confirmation is not effective yet), so nothing may be written past it. */
  readonly isHeld: boolean;
  /** Closes once its output is written: nothing may follow. */
  readonly isClosing: boolean;
  subscriptions: Subscriptions | undefined;
  cohort: Cohort | undefined;
  /** How many of the cohort's frames are in `out` already, or were made before it joined. */
  framesSeen: number;
  /** Takes `out` away before it outgrows a string. */
  spill(): void;
  /** Bytes that many subscribers share; `out` is empty. */
  writeShared(bytes: Buffer): void;
  /** `out` has something to write at the end of the turn. */
  markDirty(): void;
}

/** The names one connection subscribed to, by kind. */
export class Subscriptions {
  readonly channel = new Map<Bytes, Target>();
  readonly pattern = new Map<Bytes, Target>();
  readonly shardChannel = new Map<Bytes, Target>();

  get size(): number {
    return this.channel.size + this.pattern.size + this.shardChannel.size;
  }
}

/** A channel, pattern or shard channel that somebody subscribed to. */
export interface Target {
  /** Never used again: stands for kind and name where sets are compared. */
  readonly id: number;
  readonly kind: SubscriptionKind;
  readonly name: Bytes;
  /** How a delivery starts up to the payload's length (a pattern's: up to the channel's), in RESP2; RESP3 differs in one char. */
  readonly head: Readonly<Record<2 | 3, string>>;
  readonly cohorts: Readonly<Record<2 | 3, Set<Cohort>>>;
  /** Connections, over all cohorts. */
  subscriberCount: number;
}

/**
 * Connections with equal subscriptions and protocol: what one of them is owed, each is owed. A delivery is
 * appended once, and at the end of the turn one buffer is written to all (measured: 2–3 times Redis, which
 * copies for each subscriber).
 *
 * A member that gets a reply of its own in between first copies the frames before it (`framesSeen`), so that
 * everyone sees the order of execution.
 */
export class Cohort {
  readonly protocol: 2 | 3;
  readonly members = new Set<Subscriber>();
  readonly targets = new Set<Target>();
  /** Deliveries of this turn, in order; a frame may hold several messages. */
  frames: string[] = [];
  /** Set while others may join: the canonical text of its subscriptions. */
  sharedAs: string | undefined;

  constructor(protocol: 2 | 3) {
    this.protocol = protocol;
  }

  attach(target: Target): void {
    this.targets.add(target);
    target.cohorts[this.protocol].add(this);
  }

  detach(target: Target): void {
    this.targets.delete(target);
    target.cohorts[this.protocol].delete(this);
  }
}
