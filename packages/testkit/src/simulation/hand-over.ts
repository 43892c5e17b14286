import type { FactCommand, IsrMember, ProposalOutcome, ShardFact } from "@slotcast/control";
import type { ClusterCore, EffectLog } from "@slotcast/node";
import type { ClientDesk } from "./client-desk.ts";

/** It gives up when the replica has not caught up by then. */
const CATCH_UP_MS = 2000;

export interface HandOverOptions {
  readonly core: ClusterCore;
  readonly log: EffectLog;
  readonly desk: ClientDesk;
  readonly propose: (command: FactCommand, answered: (outcome: ProposalOutcome) => void) => void;
}

/**
 * A planned change of the primary, step by step as production's HandOver does it with promises: executes nothing more,
 * waits until all is committed and answered, renounces its lease, has the replica promoted. Looks at each tick.
 */
export class SimulatedHandOver {
  readonly #options: HandOverOptions;
  #step: (nowMs: number) => void = () => {};
  #isUnderWay = false;

  constructor(options: HandOverOptions) {
    this.#options = options;
  }

  begin(nowMs: number): void {
    const { core } = this.#options;
    const target = this.#choose();
    if (this.#isUnderWay || target === undefined || !core.maySchedule) return;
    this.#isUnderWay = true;
    core.retreat = "holding";
    core.prepare(target.nodeId, nowMs);
    const untilMs = nowMs + CATCH_UP_MS;
    this.#step = (atMs) => {
      if (core.role.primary?.isServing !== true || atMs > untilMs) this.#end();
      else if (this.#isLevel(target)) this.#promote(target);
    };
  }

  tick(nowMs: number): void {
    if (this.#isUnderWay) this.#step(nowMs);
  }

  #end(): void {
    const { core } = this.#options;
    this.#isUnderWay = false;
    if (core.role.primary !== undefined) core.retreat = "none";
  }

  #isLevel({ nodeId }: IsrMember): boolean {
    const { core, log, desk } = this.#options;
    const follower = core.role.primary?.followers.find((other) => other.nodeId === nodeId);
    const isCommitted = log.commitOffset === log.endOffset;
    return isCommitted && follower?.ackedOffset === log.endOffset && !desk.isHolding;
  }

  #promote(member: IsrMember): void {
    const { core, propose } = this.#options;
    const shard = this.#shard;
    if (shard === undefined) return;
    const { id: shardId, epoch } = shard;
    core.retreat = "renounced";
    this.#step = () => {};
    const command: FactCommand = { kind: "promote", shardId, epoch, member, isHandedOver: true };
    propose(command, ({ kind }) => {
      if (kind === "accepted") this.#end();
      else this.#rescind(epoch);
    });
  }

  /** Nobody knows what became of the promotion. Only a newer epoch rules it out. */
  #rescind(epoch: number): void {
    const { core, propose } = this.#options;
    const shard = this.#shard;
    if (core.role.primary === undefined || shard === undefined || shard.epoch !== epoch) {
      this.#end();
      return;
    }
    const next = core.facts.currentEpoch + 1;
    propose({ kind: "set-epoch", shardId: shard.id, epoch: next }, () => this.#rescind(epoch));
  }

  #choose(): IsrMember | undefined {
    const followers = this.#options.core.role.primary?.followers ?? [];
    return this.#shard?.isr.find((member) =>
      followers.some(
        ({ nodeId, incarnation, isLinked, state }) =>
          isLinked &&
          state === "streaming" &&
          nodeId === member.nodeId &&
          incarnation === member.incarnation,
      ),
    );
  }

  get #shard(): ShardFact | undefined {
    const { facts, self } = this.#options.core;
    return facts.shards.get(facts.nodes.get(self.nodeId)?.shardId ?? "");
  }
}
