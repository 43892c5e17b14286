import type { Bytes } from "@slotcast/protocol";
import type { Connection } from "./connection.ts";
import type { SubscriptionKind } from "./pubsub/cohort.ts";
import type { InterestListener } from "./pubsub/hub.ts";

/** Where interest is announced: the cluster's bus. */
export interface InterestAnnouncer {
  /** The sequence number that everybody must have acknowledged before the subscription is effective; 0: it is. */
  interestAdded(kind: SubscriptionKind, name: Bytes): number;
  interestRemoved(kind: SubscriptionKind, name: Bytes): void;
  readonly acknowledgedInterestSeq: number;
}

/**
 * Makes "subscribed" true everywhere before it is said: the confirmation of a SUBSCRIBE, and all later output
 * of that connection, waits until every connected node acknowledged that it will send us such messages. A
 * message published anywhere after the subscriber got its confirmation is therefore delivered.
 *
 * Usually one round trip on the bus, and nothing at all for a name that others here are subscribed to.
 */
export class InterestGate implements InterestListener {
  readonly #announcer: InterestAnnouncer;
  readonly #held = new Set<Connection>();
  #latestSeq = 0;

  constructor(announcer: InterestAnnouncer) {
    this.#announcer = announcer;
  }

  added(kind: SubscriptionKind, name: Bytes): void {
    this.#latestSeq = Math.max(this.#latestSeq, this.#announcer.interestAdded(kind, name));
  }

  removed(kind: SubscriptionKind, name: Bytes): void {
    this.#announcer.interestRemoved(kind, name);
  }

  /** Holds the connection's output while any announcement, its own or an earlier one, is unacknowledged. */
  hold(connection: Connection): void {
    if (this.#latestSeq <= this.#announcer.acknowledgedInterestSeq) return;
    connection.heldUntilSeq = this.#latestSeq;
    this.#held.add(connection);
  }

  /** More was acknowledged, or a node that owed an acknowledgement is gone. */
  acknowledged(): void {
    const seq = this.#announcer.acknowledgedInterestSeq;
    for (const connection of this.#held) {
      if (connection.heldUntilSeq > seq) continue;
      connection.heldUntilSeq = 0;
      this.#held.delete(connection);
      connection.markDirty();
    }
  }

  /** The connection is gone. */
  forget(connection: Connection): void {
    this.#held.delete(connection);
  }
}
