import { countOf, fieldsOf, kindOf, textOf, type IsrMember } from "@slotcast/control";
import { BusProtocolError, type Bus } from "@slotcast/gossip";
import { setTimeout } from "node:timers/promises";
import type { Logger } from "../logger.ts";
import type { FollowerView } from "../replication/primary-shard.ts";
import type { Replication } from "../replication/replication.ts";
import type { AdminOutcome } from "./cluster-admin.ts";
import type { ClusterMember } from "./cluster-member.ts";
import { HAND_OVER_CATCH_UP_MS, HAND_OVER_TIMEOUT_MS, RESCIND_RETRY_MS } from "./limits.ts";

const DONE: AdminOutcome = { kind: "done" };
const POLL_MS = 1;
/** What a primary answers to a replica that asks for its shard. One word each, since it travels. */
const REASONS = {
  "not-primary": "the node that was asked is not the primary",
  busy: "another hand-over is under way",
  "no-replica": "no replica is in sync with the primary",
  behind: "the replica did not catch up in time",
  refused: "the cluster refused the promotion",
} as const;
type Reason = keyof typeof REASONS;

export interface HandOverOptions {
  readonly bus: () => Bus;
  readonly member: () => ClusterMember;
  readonly replication: () => Replication;
  readonly logger: Logger;
}

/**
 * A planned change of the primary, at the wish of an operator or before the process ends. The old primary executes
 * nothing more, waits until what it executed is committed and answered, gives up its lease for good, and has the replica
 * promoted. Requests wait meanwhile (ServingHold): nobody is told an error.
 *
 * Owner: ClusterNode.
 */
export class HandOver {
  readonly #options: HandOverOptions;
  #isUnderWay = false;
  /** As a replica: what the primary answers. */
  #answered: ((reason: Reason) => void) | undefined;

  constructor(options: HandOverOptions) {
    this.#options = options;
  }

  /** As a replica: asks the primary, and resolves when this node is the primary. */
  async ask(): Promise<AdminOutcome> {
    const { bus } = this.#options;
    const member = this.#options.member();
    const { shard } = member;
    const primaryId = shard?.primary?.nodeId;
    if (shard === undefined || primaryId === undefined) return refused("not-primary");
    const refusal = new Promise<AdminOutcome>((resolve) => {
      this.#answered = (reason) => {
        resolve(refused(reason));
      };
    });
    if (!bus().send(primaryId, "handOver", { kind: "please", epoch: shard.epoch })) {
      return { kind: "refused", reason: "there is no link to the primary" };
    }
    const outcome = await Promise.race([refusal, this.#promoted(member)]);
    this.#answered = undefined;
    return outcome;
  }

  /** As the primary: to that replica, or to the one with the most. Resolves when this node is no longer the primary. */
  async give(to?: string): Promise<AdminOutcome> {
    const member = this.#options.member();
    if (this.#isUnderWay) return refused("busy");
    // While it waits for the end of an older lease, it has none to give up: its successor would not wait for that.
    if (!member.core.maySchedule) return refused("not-primary");
    const target = this.#choose(member, to);
    if (target === undefined) return refused("no-replica");
    this.#isUnderWay = true;
    this.#options.logger.info({ event: "shard.handing-over", to: target.nodeId }, "handing over");
    member.step((nowMs) => {
      member.core.prepare(target.nodeId, nowMs);
    });
    this.#retreat(member, "holding");
    try {
      return await this.#giveTo(member, target);
    } finally {
      this.#isUnderWay = false;
      if (member.leadsShard) this.#retreat(member, "none");
    }
  }

  /** Throws BusProtocolError for what is none of these messages. */
  received(from: string, plain: unknown): void {
    try {
      const kind = kindOf(plain, "hand-over");
      if (kind === "please") {
        const { epoch } = fieldsOf(plain, kind, ["kind", "epoch"]);
        void this.#asked(from, countOf(epoch, "epoch"));
      } else {
        const { reason } = fieldsOf(plain, "refused", ["kind", "reason"]);
        const word = textOf(reason, "reason");
        if (isReason(word)) this.#answered?.(word);
      }
    } catch (error) {
      if (!(error instanceof TypeError)) throw error;
      throw new BusProtocolError("bad-body", error.message);
    }
  }

  async #asked(from: string, epoch: number): Promise<void> {
    const isOfThisReign = this.#options.member().shard?.epoch === epoch;
    const outcome = isOfThisReign ? await this.give(from) : refused("not-primary");
    if (outcome.kind === "done") return;
    const reason = Object.keys(REASONS).find((word) => REASONS[word as Reason] === outcome.reason); // a key of it
    this.#options.bus().send(from, "handOver", { kind: "refused", reason: reason ?? "refused" });
  }

  async #giveTo(member: ClusterMember, target: IsrMember): Promise<AdminOutcome> {
    if (!(await this.#caughtUp(member, target))) {
      return refused(member.leadsShard ? "behind" : "not-primary");
    }
    const { shard } = member;
    if (shard === undefined || !member.leadsShard) return refused("not-primary");
    this.#retreat(member, "renounced");
    const outcome = await member.propose({
      kind: "promote",
      shardId: shard.id,
      epoch: shard.epoch,
      member: target,
      isHandedOver: true,
    });
    if (outcome.kind === "accepted") return DONE;
    await this.#rescind(member, shard.epoch);
    return member.leadsShard ? refused("refused") : DONE;
  }

  /**
   * The promotion may still come to be: nobody could decide in time, or a copy of a proposal that was refused is on its
   * way. Only a newer epoch rules that out: before, this process must not answer.
   */
  async #rescind(member: ClusterMember, epoch: number): Promise<void> {
    for (;;) {
      const { shard } = member;
      // At the end of the process nothing is decided any more, and nothing answered.
      if (member.hasEnded || !member.leadsShard || shard?.epoch !== epoch) return;
      const next = member.facts.currentEpoch + 1;
      const outcome = await member.propose({
        kind: "set-epoch",
        shardId: shard.id,
        epoch: next,
      });
      // It may be answered at once: too many proposals are open, and they only end while others run.
      if (outcome.kind !== "accepted") await setTimeout(RESCIND_RETRY_MS);
    }
  }

  /** All that was executed is committed, is with the replica, and was answered. */
  async #caughtUp(member: ClusterMember, { nodeId }: IsrMember): Promise<boolean> {
    const replication = this.#options.replication();
    const deadlineMs = performance.now() + HAND_OVER_CATCH_UP_MS;
    replication.flush();
    member.flush();
    for (;;) {
      const { log } = member;
      const { primary } = member.core.role;
      if (primary?.isServing !== true) return false;
      const follower = primary.followers.find((other) => other.nodeId === nodeId);
      const isLevel = log.commitOffset === log.endOffset && follower?.ackedOffset === log.endOffset;
      if (isLevel && replication.gate.heldConnections === 0) return true;
      if (performance.now() >= deadlineMs) return false;
      await setTimeout(POLL_MS);
    }
  }

  #choose(member: ClusterMember, to: string | undefined): IsrMember | undefined {
    const isr = member.shard?.isr ?? [];
    const level = (member.core.role.primary?.followers ?? []).filter(
      ({ nodeId, incarnation, isLinked, state }) =>
        isLinked &&
        state === "streaming" &&
        (to === undefined || nodeId === to) &&
        isr.some((other) => other.nodeId === nodeId && other.incarnation === incarnation),
    );
    const [best] = level.toSorted((one, other) => ackedOf(other) - ackedOf(one));
    if (best?.incarnation === undefined) return undefined;
    return { nodeId: best.nodeId, incarnation: best.incarnation };
  }

  /** Resolves when this node leads its shard and serves, or it takes too long. */
  async #promoted(member: ClusterMember): Promise<AdminOutcome> {
    const deadlineMs = performance.now() + HAND_OVER_TIMEOUT_MS;
    while (performance.now() < deadlineMs) {
      if (member.core.maySchedule) return DONE;
      await setTimeout(POLL_MS);
    }
    return { kind: "refused", reason: "the primary has not handed over in time" };
  }

  #retreat(member: ClusterMember, retreat: "none" | "holding" | "renounced"): void {
    this.#options.replication().isFrozen = retreat !== "none";
    member.step(() => {
      member.core.retreat = retreat;
    });
  }
}

function ackedOf({ ackedOffset }: FollowerView): number {
  return ackedOffset ?? -1;
}

function refused(reason: Reason): AdminOutcome {
  return { kind: "refused", reason: REASONS[reason] };
}

function isReason(word: string): word is Reason {
  return Object.hasOwn(REASONS, word);
}
