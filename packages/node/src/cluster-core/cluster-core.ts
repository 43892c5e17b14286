import {
  Control,
  LEASE_MARGIN_MS,
  LEASE_MS,
  hasSlots,
  type ControlAction,
  type ControlMessage,
  type FactCommand,
  type Facts,
  type IsrMember,
  type NodeFact,
  type NodeId,
  type Refusal,
  type StoredState,
} from "@slotcast/control";
import { FailureDetector } from "@slotcast/gossip";
import type { ByteSpan, Bytes } from "@slotcast/protocol";
import type { EffectLog } from "../replication/effect-log.ts";
import type { ReplicationFrame } from "../replication/frames.ts";
import type { PrimaryTuning } from "../replication/primary-actions.ts";
import { LAG_STEP_MS, REGISTER_AGAIN_MS, RUMOUR_GAP_MS } from "./limits.ts";
import type { Rumour } from "./rumour.ts";
import { RumourBook } from "./rumour-book.ts";
import { rumourPeriodMs } from "./rumour-period.ts";
import { ShardRole, viewOf, type ShardAction } from "./shard-role.ts";

/** What the shell must do, in this order. */
export type CoreAction =
  | Exclude<ControlAction, { readonly do: "proposed" }>
  | {
      readonly do: "answer";
      readonly id: number;
      readonly outcome: Extract<ControlAction, { readonly do: "proposed" }>["outcome"];
    }
  | { readonly do: "rumour"; readonly to: readonly NodeId[]; readonly rumour: Rumour }
  | { readonly do: "shard"; readonly action: ShardAction }
  /** A data link to that node is wanted; `undefined`: none is. */
  | { readonly do: "follow"; readonly primaryId: NodeId | undefined };

export interface ClusterCoreOptions {
  /** This process as it wants to be known. `shardId` counts only where the facts do not know the node. */
  readonly self: NodeFact;
  readonly nodeTimeoutMs: number;
  readonly random: () => number;
  readonly nowMs: number;
  readonly restored?: StoredState;
  /** The facts that this node saved last; a voter's own log goes before them. */
  readonly savedFacts?: Facts;
  readonly log: EffectLog;
  readonly tuning?: Partial<PrimaryTuning>;
}

/**
 * One node of a cluster without its sockets, disk and keys: gossip's suspicions, control's facts and the replication of
 * its shard, wired to each other. Production and simulation run this very object.
 *
 * Pure and synchronous. `tick` every 20 ms or more often; `takeActions` after each call.
 */
export class ClusterCore {
  readonly control: Control;
  readonly detector: FailureDetector;
  readonly role: ShardRole;
  readonly rumours: RumourBook;
  readonly #self: NodeFact;
  readonly #member: IsrMember;
  #nowMs: number;
  #sentRumourAtMs = Number.NEGATIVE_INFINITY;
  #isRumourDue = false;
  #registration: number | undefined;
  #registrationRefusal: Refusal | undefined;
  /** After a refusal: not before. */
  #registerFromMs = Number.NEGATIVE_INFINITY;
  /** Of a primary that hands over: it executes nothing more, and then it releases nothing more. */
  #retreat: "none" | "holding" | "renounced" = "none";
  /** A new primary waits until the old one can have no lease any more; steady clock. */
  #serveFromMs = Number.NEGATIVE_INFINITY;
  #following: NodeId | undefined;
  /** Proposals of the shard's own. */
  readonly #isrProposals = new Set<number>();
  /** What followed from older ones was done. */
  #knownFacts: Facts;
  #actions: CoreAction[] = [];

  constructor(options: ClusterCoreOptions) {
    const { self, nowMs, nodeTimeoutMs, random, restored, savedFacts, log, tuning } = options;
    this.#self = self;
    this.#member = { nodeId: self.id, incarnation: self.incarnation };
    this.#nowMs = nowMs;
    this.detector = new FailureDetector({ selfId: self.id, nodeTimeoutMs, nowMs });
    this.rumours = new RumourBook({
      selfId: self.id,
      detector: this.detector,
      facts: () => this.control.facts,
      own: () => this.rumour(),
      nowMs,
    });
    this.control = new Control({
      self: this.#member,
      rumours: this.rumours,
      random,
      nowMs,
      ...(restored && { restored }),
      ...(savedFacts && { savedFacts }),
    });
    this.role = new ShardRole({ self: this.#member, log, ...(tuning && { tuning }) });
    this.#knownFacts = this.control.facts;
    this.#factsChanged(this.control.facts, this.control.facts);
  }

  get facts(): Facts {
    return this.control.facts;
  }

  get self(): IsrMember {
    return this.#member;
  }

  /** The answer when this process last told the cluster who it is; `undefined`: it was none, or no refusal. */
  get registrationRefusal(): Refusal | undefined {
    return this.#registrationRefusal;
  }

  /** Requests may be executed now: this process is the primary, and no other can be. */
  get maySchedule(): boolean {
    return (
      this.role.primary?.isServing === true &&
      this.#retreat === "none" &&
      this.#nowMs >= this.#serveFromMs
    );
  }

  /**
   * A primary that is about to hand over. While it is holding, what was executed is still committed and answered; once
   * it has renounced, it has no lease either. `none` again only when no promotion can be on its way.
   */
  set retreat(retreat: "none" | "holding" | "renounced") {
    this.#retreat = retreat;
  }

  /** Replies may be released now, reads included. `nowMs` must be read in this very turn. */
  mayAnswer(nowMs: number): boolean {
    return (
      this.role.primary?.isServing === true &&
      this.#retreat !== "renounced" &&
      nowMs >= this.#serveFromMs &&
      nowMs < this.control.leaseEndMs
    );
  }

  tick(nowMs: number): void {
    this.#at(nowMs);
    this.detector.tick(nowMs);
    this.control.tick(nowMs);
    this.role.tick(nowMs, this.#hearsVoters(nowMs));
    this.#register();
    const periodMs = rumourPeriodMs(this.facts.nodes.size);
    if (nowMs - this.#sentRumourAtMs >= periodMs) this.#isRumourDue = true;
  }

  /** That replica is about to be promoted: it asks for its lease meanwhile, or its clients would wait for that too. */
  prepare(replicaId: NodeId, nowMs: number): void {
    this.#at(nowMs);
    this.control.prepare(replicaId, nowMs);
  }

  /** A sign of life, whatever it was. */
  heard(from: NodeId, nowMs: number): void {
    this.#at(nowMs);
    this.detector.heard(from, nowMs);
  }

  /** Nobody listens where that node should be: its process is gone. */
  refused(peerId: NodeId, nowMs: number): void {
    this.#at(nowMs);
    this.detector.refused(peerId, nowMs);
    this.control.peerGone(peerId, nowMs);
    this.#isRumourDue = true;
  }

  receiveRumour(from: NodeId, rumour: Rumour, nowMs: number): void {
    this.#at(nowMs);
    this.detector.heard(from, nowMs);
    const wasGone = this.rumours.isGone(from);
    this.rumours.heard(from, rumour);
    this.control.heardVersion(from, rumour.factsVersion, nowMs);
    if (!wasGone && this.rumours.isGone(from)) this.control.peerGone(from, nowMs);
  }

  receiveControl(from: NodeId, message: ControlMessage, nowMs: number): void {
    this.#at(nowMs);
    this.detector.heard(from, nowMs);
    this.control.receive(from, message, nowMs);
  }

  /** A data link is up. */
  linked(nodeId: NodeId, nowMs: number): void {
    this.#at(nowMs);
    this.role.linked(nodeId, nowMs);
  }

  unlinked(nodeId: NodeId, nowMs: number): void {
    this.#at(nowMs);
    this.role.unlinked(nodeId, nowMs);
  }

  receiveReplication(from: NodeId, frame: ReplicationFrame, nowMs: number): void {
    this.#at(nowMs);
    this.role.receive(from, frame, nowMs);
  }

  /** An executed effect. Only while `maySchedule`. Returns the offset that its reply waits for. */
  append(effects: Bytes | ByteSpan): number {
    return this.role.append(effects);
  }

  flush(nowMs: number): void {
    this.#at(nowMs);
    this.role.flush(nowMs);
  }

  propose(command: FactCommand, nowMs: number, via?: NodeId): number | undefined {
    this.#at(nowMs);
    return this.control.propose(command, nowMs, via);
  }

  persisted(nowMs: number): void {
    this.#at(nowMs);
    this.control.persisted(nowMs);
  }

  takeActions(): CoreAction[] {
    for (let isBusy = true; isBusy;) isBusy = this.#collectControl() || this.#collectShard();
    this.#sendRumour();
    const actions = this.#actions;
    this.#actions = [];
    return actions;
  }

  #at(nowMs: number): void {
    this.#nowMs = nowMs;
    this.rumours.at(nowMs);
  }

  /** A shard without slots has no lease, and nothing to lose. */
  #hearsVoters(nowMs: number): boolean {
    const shardId = this.role.primary && this.facts.nodes.get(this.#member.nodeId)?.shardId;
    if (shardId === undefined || nowMs < this.control.leaseEndMs) return true;
    return !hasSlots(this.facts, shardId);
  }

  #collectControl(): boolean {
    let before = this.#knownFacts;
    const actions = this.control.takeActions();
    for (const action of actions) {
      if (action.do === "proposed") {
        this.#answered(action.id, action.outcome);
        continue;
      }
      this.#actions.push(action);
      if (action.do !== "facts") continue;
      this.#factsChanged(before, action.facts);
      before = action.facts;
    }
    return actions.length > 0;
  }

  #factsChanged(before: Facts, facts: Facts): void {
    this.#knownFacts = facts;
    const { nodeId } = this.#member;
    this.detector.setPeers(
      [...facts.nodes.keys()].filter((id) => id !== nodeId),
      this.#nowMs,
    );
    this.rumours.forget((id) => facts.nodes.has(id));
    this.#waitForLease(before, facts);
    this.role.factsChanged(facts, this.#nowMs);
    if (this.role.primary === undefined) this.#retreat = "none";
    const primaryId = viewOf(facts, nodeId)?.shard.primary?.nodeId;
    const following = primaryId === nodeId ? undefined : primaryId;
    if (following !== this.#following) {
      this.#following = following;
      this.#actions.push({ do: "follow", primaryId: following });
    }
  }

  /**
   * Until a moment ago another process was the primary. If it lives, it may believe so for as long as its lease lasts:
   * no voter has renewed that since the promotion was in its log. Not so when it has handed over.
   */
  #waitForLease(before: Facts, facts: Facts): void {
    const old = viewOf(before, this.#member.nodeId)?.shard.primary;
    const { primary: now, isHandedOver } = viewOf(facts, this.#member.nodeId)?.shard ?? {};
    if (now?.nodeId !== this.#member.nodeId || now.incarnation !== this.#member.incarnation) return;
    if (old === undefined || old.nodeId === this.#member.nodeId) return;
    if (isHandedOver !== true && !this.rumours.isGone(old.nodeId)) {
      this.#serveFromMs = this.#nowMs + LEASE_MS + LEASE_MARGIN_MS;
    }
  }

  #collectShard(): boolean {
    const actions = this.role.takeActions();
    for (const action of actions) {
      if (action.do === "propose-isr") {
        const id = this.control.propose(action.proposal, this.#nowMs);
        if (id !== undefined) this.#isrProposals.add(id);
      } else {
        this.#actions.push({ do: "shard", action });
      }
    }
    return actions.length > 0;
  }

  #answered(
    id: number,
    outcome: Extract<ControlAction, { readonly do: "proposed" }>["outcome"],
  ): void {
    // What became of a set that was proposed shows in the facts.
    if (this.#isrProposals.delete(id)) return;
    if (id === this.#registration) {
      this.#registration = undefined;
      this.#registrationRefusal = outcome.kind === "refused" ? outcome.refusal : undefined;
      if (outcome.kind === "refused") this.#registerFromMs = this.#nowMs + REGISTER_AGAIN_MS;
    } else {
      this.#actions.push({ do: "answer", id, outcome });
    }
  }

  /** The facts know this node by an older process, or by another address. */
  #register(): void {
    const known = this.facts.nodes.get(this.#self.id);
    if (known === undefined || this.#registration !== undefined) return;
    if (this.#nowMs < this.#registerFromMs) return;
    const self = this.#self;
    const isKnown =
      known.incarnation === self.incarnation &&
      known.port === self.port &&
      known.busPort === self.busPort &&
      known.hostname === self.hostname &&
      known.name === self.name &&
      (self.host === "" || known.host === self.host);
    if (isKnown) return;
    const { shardId: _, ...node } = self;
    const host = node.host === "" ? known.host : node.host;
    const command: FactCommand = { kind: "update-node", node: { ...node, host } };
    this.#registration = this.control.propose(command, this.#nowMs);
  }

  #sendRumour(): void {
    if (!this.#isRumourDue || this.#nowMs - this.#sentRumourAtMs < RUMOUR_GAP_MS) return;
    this.#isRumourDue = false;
    this.#sentRumourAtMs = this.#nowMs;
    const to = [...this.facts.nodes.keys()].filter((id) => id !== this.#self.id);
    if (to.length > 0) this.#actions.push({ do: "rumour", to, rumour: this.rumour() });
  }

  /** As it would be sent now. */
  rumour(): Rumour {
    const { log, primary, replica } = this.role;
    const { historyId, epoch, offset } = log.position;
    return {
      incarnation: this.#self.incarnation,
      factsVersion: this.facts.version,
      // In steps, so that it is another rumour only when it matters.
      lagMs: Math.trunc(this.detector.ownLagMs / LAG_STEP_MS) * LAG_STEP_MS,
      suspects: this.detector.suspects(),
      ...(primary !== undefined || replica !== undefined
        ? { progress: { historyId, epoch, offset } }
        : {}),
    };
  }
}
