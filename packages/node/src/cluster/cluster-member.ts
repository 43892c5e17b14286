import type {
  ControlMessage,
  FactCommand,
  Facts,
  IsrMember,
  NodeFact,
  NodeId,
  ProposalOutcome,
  ShardFact,
} from "@slotcast/control";
import { controlMessageToPlain, majorityOf } from "@slotcast/control";
import type { Bus } from "@slotcast/gossip";
import { ascii, type ByteSpan, type Bytes } from "@slotcast/protocol";
import { ClusterCore, type CoreAction } from "../cluster-core/cluster-core.ts";
import type { Rumour } from "../cluster-core/rumour.ts";
import type { Config } from "../config/config.ts";
import type { Logger } from "../logger.ts";
import { AT, encodeEffect } from "../replication/effect-encoder.ts";
import { EffectLog } from "../replication/effect-log.ts";
import type { Replication } from "../replication/replication.ts";
import { DiscardedEffects } from "../replication/discarded-effects.ts";
import { ShardDriver } from "../replication/shard-driver.ts";
import { peersIn, shardPeersIn } from "./bus-peers.ts";
import { frameOf } from "./control-frames.ts";
import type { ControlStore } from "./control-store.ts";
import { DataLinks } from "./data-links.ts";
import { describeFact } from "./describe-fact.ts";
import type { PeerRumours } from "./rumoured-state.ts";
import { factsOfLog } from "./facts-of-log.ts";
import { OpenProposals } from "./open-proposals.ts";
import { rumourToPlain } from "./rumour-shape.ts";
import { steadyMs } from "./steady-ms.ts";

export interface ClusterMemberOptions {
  readonly config: Config;
  readonly logger: Logger;
  readonly store: ControlStore;
  /** What it decided as a voter; `undefined`: it was none in this cluster. */
  readonly restored: ControlStore["restored"];
  readonly bus: Bus;
  readonly self: NodeFact;
  readonly replication: () => Replication;
  /** Those that it knew when it stopped, or of the cluster that it has just joined. */
  readonly savedFacts: Facts | undefined;
  readonly events: ClusterMemberEvents;
}

export interface ClusterMemberEvents {
  /** Others than before; all that follows from them here was done. */
  factsChanged(): void;
  /** Something happened: whether this node serves may be another matter now. */
  stepped(): void;
}

/**
 * This node's life in one cluster: a ClusterCore, and what surrounds it in production: the bus, the disk, the keys. It
 * ends when the node leaves, or joins another cluster; the bus goes on.
 *
 * Whatever happens is a `step`: the event goes into the core, and all that the core wants done is done in the same turn.
 * Owner: ClusterNode.
 */
export class ClusterMember {
  readonly core: ClusterCore;
  readonly log: EffectLog;
  readonly links: DataLinks;
  readonly discarded: DiscardedEffects;
  /** The shard has other nodes: what is executed must be in the log. */
  hasReplicas = false;
  readonly #options: ClusterMemberOptions;
  readonly #driver: ShardDriver;
  readonly #proposals = new OpenProposals();
  #following: NodeId | undefined;
  /**
   * As they will be when all of a voter's log counts. After a start it does not know yet what of it does, and must find
   * the other voters to learn that.
   */
  #logged: Facts;
  /** Their changes are in the log. */
  #loggedFacts: Facts;
  #wasLeader = false;
  /** A reply could not leave for want of a lease. */
  #hasWithheld = false;
  #isStepping = false;
  #hasEnded = false;

  constructor(options: ClusterMemberOptions) {
    const { config, logger, self, restored, savedFacts } = options;
    this.#options = options;
    this.log = new EffectLog({ backlogBytesMax: config.get("repl-backlog-size") });
    this.discarded = new DiscardedEffects({ dir: config.get("dir"), logger });
    this.core = new ClusterCore({
      self,
      nodeTimeoutMs: config.get("cluster-node-timeout"),
      random: Math.random,
      nowMs: steadyMs(),
      log: this.log,
      ...(restored && { restored }),
      ...(savedFacts && { savedFacts }),
    });
    this.links = new DataLinks({
      isPrimary: () => this.core.role.primary !== undefined,
      linked: (nodeId) => {
        this.step((nowMs) => {
          this.core.linked(nodeId, nowMs);
        });
      },
      unlinked: (nodeId) => {
        this.step((nowMs) => {
          this.core.unlinked(nodeId, nowMs);
        });
      },
      received: (nodeId, frame) => {
        // A primary that does not know yet that it has replicas does not log: who asks will ask again.
        if (this.core.role.primary !== undefined && !this.hasReplicas) return;
        this.step((nowMs) => {
          this.core.receiveReplication(nodeId, frame, nowMs);
        });
        if (frame.kind === "ack") this.#options.replication().acknowledged();
      },
      drained: () => {
        this.#driver.continueSnapshots();
      },
    });
    this.#driver = new ShardDriver({
      replication: options.replication,
      parts: () => this.core.role,
      linkTo: (nodeId) => this.links.to(nodeId),
      discarded: this.discarded,
      steadyMs,
      step: (act) => {
        this.step(act);
      },
      logger,
    });
    this.#logged = factsOfLog(restored);
    this.#setPeers();
    this.#proposals.factsAre(this.facts.version);
    this.#loggedFacts = this.facts;
  }

  get facts(): Facts {
    return this.core.facts;
  }

  /** This node's, as the facts have it. */
  get shard(): ShardFact | undefined {
    return this.facts.shards.get(this.facts.nodes.get(this.self.nodeId)?.shardId ?? "");
  }

  /** As it wants to be known. */
  get node(): NodeFact {
    return this.#options.self;
  }

  get self(): IsrMember {
    return this.core.self;
  }

  /** As far as this node has heard, a majority of the voters is alive. */
  get hasQuorum(): boolean {
    const { voters } = this.facts;
    let alive = 0;
    for (const id of voters) if (!this.core.detector.isSuspected(id)) alive += 1;
    return voters.length > 0 && alive >= majorityOf(voters.length);
  }

  /** What gossip knows, for who shows it. */
  get peerRumours(): PeerRumours {
    const { detector, rumours } = this.core;
    return {
      isSuspected: (nodeId) => detector.isSuspected(nodeId),
      reportersOf: (nodeId) => detector.reportersOf(nodeId),
      progress: (nodeId) => rumours.progress(nodeId),
    };
  }

  /** This process is the primary of its shard by the facts, whether it serves already or not. */
  get leadsShard(): boolean {
    return this.core.role.primary !== undefined;
  }

  /** Nothing happens to it any more. */
  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  /** Something happens, and what follows from it is done, all of it, in the same turn. */
  step(act: (nowMs: number) => void): void {
    if (this.#hasEnded) return;
    if (this.#isStepping) {
      act(steadyMs());
      return;
    }
    this.#isStepping = true;
    try {
      // What timers did to the keys is in no log yet, and must be in that of the part in which it was done.
      if (this.hasReplicas && this.leadsShard) this.#options.replication().flush();
      act(steadyMs());
      for (;;) {
        const actions = this.core.takeActions();
        if (actions.length === 0) break;
        for (const action of actions) this.#perform(action);
      }
    } finally {
      this.#isStepping = false;
    }
    this.#reviewLease();
    this.#options.events.stepped();
  }

  tick(): void {
    this.step((nowMs) => {
      this.core.tick(nowMs);
    });
    this.#noteLeadership();
    this.#options.replication().tick();
    this.#driver.continueSnapshots();
  }

  /** Effects that were executed. Returns where they end. */
  append(effects: Bytes | ByteSpan): number {
    return this.core.append(effects);
  }

  /** Committed replies may leave in this very turn. */
  mayRelease(nowMs: number): boolean {
    const may = this.core.mayAnswer(nowMs);
    if (!may) this.#hasWithheld = true;
    return may;
  }

  /** The end of a turn with effects: they leave. */
  flush(): void {
    this.step((nowMs) => {
      this.core.flush(nowMs);
    });
  }

  /** Resolves when it is decided and this node's facts show that, or when nobody could decide in time. */
  async propose(command: FactCommand): Promise<ProposalOutcome> {
    return this.#proposals.ask(() => {
      let id: number | undefined;
      this.step((nowMs) => {
        id = this.core.propose(command, nowMs);
      });
      return id;
    });
  }

  /** How this node is, in a word. */
  rumour(): unknown {
    return rumourToPlain(this.core.rumour());
  }

  receiveControl(from: NodeId, message: ControlMessage): void {
    this.step((nowMs) => {
      this.core.receiveControl(from, message, nowMs);
    });
  }

  receiveRumour(from: NodeId, rumour: Rumour): void {
    this.step((nowMs) => {
      this.core.receiveRumour(from, rumour, nowMs);
    });
  }

  /** Nothing more happens to it. Proposals that are open have no outcome. */
  end(): void {
    this.#hasEnded = true;
    if (this.#following !== undefined) this.#options.bus.closeData(this.#following);
    this.links.closeAll();
    this.#proposals.end();
  }

  #perform(action: CoreAction): void {
    const { bus, store } = this.#options;
    switch (action.do) {
      case "persist":
        void store.write(action.write).then(() => {
          this.step((nowMs) => {
            this.core.persisted(nowMs);
          });
          return undefined;
        });
        break;
      case "send":
        bus.send(action.to, frameOf(action.message), controlMessageToPlain(action.message));
        break;
      case "rumour":
        bus.broadcast("rumour", rumourToPlain(action.rumour));
        break;
      case "facts":
        this.#factsChanged(action);
        break;
      case "answer":
        this.#proposals.answered(action.id, action.outcome);
        break;
      case "follow":
        this.#follow(action.primaryId);
        break;
      case "shard":
        if (action.action.do === "role") this.#roleChanged();
        else if (action.action.do !== "propose-isr") this.#driver.perform(action.action);
        break;
    }
  }

  #factsChanged({ facts, changes }: Extract<CoreAction, { readonly do: "facts" }>): void {
    const { store, logger, events } = this.#options;
    store.saveFacts(facts);
    for (const change of changes) {
      if (change.kind === "noop") continue;
      const { event, reason, details } = describeFact(change, this.#loggedFacts);
      // All nodes learn the same: who decided it says so, the others when they are asked to talk.
      const level = this.core.control.isLeader ? "info" : "debug";
      logger[level]({ event, reason, version: facts.version, ...details }, "a fact has changed");
    }
    this.#loggedFacts = facts;
    if (changes.length === 0) {
      logger.info({ event: "facts.learnt", version: facts.version }, "learnt the facts of a peer");
    }
    this.#setPeers();
    this.#reviewReplicas();
    events.factsChanged();
    this.#proposals.factsAre(facts.version);
  }

  #setPeers(): void {
    const { bus } = this.#options;
    const { facts } = this;
    if (facts.version >= this.#logged.version) this.#logged = facts;
    bus.setPeers(peersIn([...this.#logged.nodes.values(), ...facts.nodes.values()]));
    bus.setShardPeers(shardPeersIn(this.facts, this.self.nodeId));
  }

  #roleChanged(): void {
    this.links.review();
    this.#reviewReplicas();
  }

  /** Who decides is no fact, and slow failovers are understood by it. */
  #noteLeadership(): void {
    const { isLeader, term } = this.core.control;
    if (isLeader === this.#wasLeader) return;
    this.#wasLeader = isLeader;
    const { logger } = this.#options;
    if (isLeader) logger.info({ event: "control.leads", term }, "leads the voters");
    else logger.info({ event: "control.leads-no-more", term }, "leads the voters no more");
  }

  /** What is committed may have waited for the lease, or for the end of another's. */
  #reviewLease(): void {
    if (!this.#hasWithheld || !this.core.mayAnswer(steadyMs())) return;
    this.#hasWithheld = false;
    this.#options.replication().committed();
  }

  /** What a primary without replicas executed is not in its log: nobody may go on from before. */
  #reviewReplicas(): void {
    const { shardId } = this.facts.nodes.get(this.self.nodeId) ?? {};
    const nodes = [...this.facts.nodes.values()].filter((node) => node.shardId === shardId);
    const hasReplicas = shardId !== undefined && nodes.length > 1;
    const isNew = hasReplicas && !this.hasReplicas;
    this.hasReplicas = hasReplicas;
    const { primary } = this.core.role;
    const replication = this.#options.replication();
    if (isNew && primary?.isServing === true) {
      // Whatever clock the log was told before, or is told here, the next effect comes with its own.
      replication.effects.beginReign();
      this.log.append(ascii(encodeEffect([AT, ascii(String(Date.now()))])));
      this.core.flush(steadyMs());
      this.log.forgetAll();
    }
    replication.replicasChanged();
    replication.isrChanged();
  }

  #follow(primaryId: NodeId | undefined): void {
    const { bus } = this.#options;
    if (this.#following !== undefined) bus.closeData(this.#following);
    this.#following = primaryId;
    if (primaryId !== undefined) bus.openData(primaryId);
  }
}
