import { founderState, NO_FACTS, type Facts, type NodeFact } from "@slotcast/control";
import type { Bus, BusCallbacks } from "@slotcast/gossip";
import { randomBytes } from "node:crypto";
import { resolve } from "node:path";
import { setTimeout } from "node:timers/promises";
import type { Config } from "../config/config.ts";
import type { Logger } from "../logger.ts";
import type { Replication } from "../replication/replication.ts";
import type { AddressBook } from "./address-book.ts";
import { Assembling } from "./assembling.ts";
import { isLoopback } from "./bus-secret.ts";
import { ClusterMember } from "./cluster-member.ts";
import { ClusterOperator } from "./cluster-operator.ts";
import { controlPaths, ControlStore } from "./control-store.ts";
import { exitOnDiskFailure } from "./exit-on-disk-failure.ts";
import { HandOver } from "./hand-over.ts";
import { Joining } from "./joining.ts";
import { CLUSTER_TICK_MS, FOUNDING_MS } from "./limits.ts";
import { makeBus } from "./make-bus.ts";
import { openBus } from "./open-bus.ts";
import { ownHost, ownNode } from "./own-node.ts";

export interface MembershipEvents {
  /** The member is another one, its facts are, or something happened that may matter to clients. */
  stepped(): void;
  /** Some times a second, after the member. */
  ticked(): void;
  /** Other facts than before; all that follows from them in the member was done. */
  factsChanged(): void;
}

export interface MembershipOptions {
  readonly config: Config;
  readonly logger: Logger;
  readonly replication: () => Replication;
  readonly events: MembershipEvents;
}

/**
 * This node in the cluster that it belongs to now, and how it comes into one: it begins as a cluster of its own, joins
 * another, leaves. One member after the other; the bus stays.
 *
 * Owner: ClusterNode.
 */
export class Membership {
  readonly operator: ClusterOperator;
  readonly handOver: HandOver;
  readonly joining: Joining;
  readonly #options: MembershipOptions;
  /** Not after CLUSTER RESET: who asked for that wants the node out. */
  #assembling: Assembling | undefined;
  #store: ControlStore;
  #bus: Bus | undefined;
  #member: ClusterMember | undefined;
  #isLiving = false;
  #hasStopped = false;
  /** The latest move from one cluster to another; it comes after all before. Never rejects. */
  #moving: Promise<void> = Promise.resolve();
  #timer: NodeJS.Timeout | undefined;
  /** Of this member it was said. */
  #isStaleNoted = false;

  /** Opens this node's files, which begins another incarnation. Throws ConfigError when they cannot work. */
  constructor(options: MembershipOptions) {
    this.#options = options;
    const { config, logger, replication } = options;
    this.#store = this.#openStore();
    const member = (): ClusterMember => this.member;
    const bus = (): Bus => this.bus;
    const adopt = async (facts: Facts): Promise<boolean> => this.#adopt(facts);
    const selfId = this.#store.self.nodeId;
    const joining = (): Joining => this.joining;
    this.#assembling = new Assembling({ config, logger, selfId, member, joining });
    const mayBeJoined = (): boolean => this.#assembling?.mayBeJoined() ?? true;
    const startOver = async (leaving: ClusterMember): Promise<boolean> =>
      this.#startOver(leaving, { isHard: false });
    this.joining = new Joining({ bus, member, adopt, startOver, mayBeJoined, logger });
    this.handOver = new HandOver({ bus, member, replication, logger });
    this.operator = new ClusterOperator({
      bus,
      member,
      store: () => this.#store,
      joining: this.joining,
      handOver: this.handOver,
      startOver: async (leaving, how) => this.#startOver(leaving, how),
      refusalOf: (host) => this.#busRefusalOf(host),
    });
  }

  /** Not before `start`. */
  get member(): ClusterMember {
    if (this.#member === undefined) throw new Error("the cluster was not started");
    return this.#member;
  }

  /** Not between two lives: then nothing is served. */
  get isLiving(): boolean {
    return this.#isLiving;
  }

  /** Not before `connect`. */
  get bus(): Bus {
    if (this.#bus === undefined) throw new Error("the bus was not made");
    return this.#bus;
  }

  /** What this node knew when it stopped; none of a new one. */
  get facts(): Facts {
    return this.#member?.facts ?? this.#store.savedFacts ?? NO_FACTS;
  }

  /** This process as it wants to be known. Throws ConfigError when that cannot work. */
  ownNode(): NodeFact {
    const { self } = this.#store;
    const shardId = this.facts.nodes.get(self.nodeId)?.shardId ?? newId();
    return ownNode(this.#options.config, { self, shardId });
  }

  /** Makes the bus. Throws ConfigError without a secret that it needs. */
  connect(
    addresses: AddressBook,
    callbacks: Pick<BusCallbacks, "onPublish" | "onPublishShard" | "onInterestAcknowledged">,
  ): void {
    const { config, logger } = this.#options;
    this.#bus = makeBus({
      selfId: this.#store.self.nodeId,
      config,
      logger,
      addresses,
      hosts: [...this.facts.nodes.values(), ...config.get("cluster-seeds")].map(({ host }) => host),
      member: () => this.#member,
      joining: () => this.joining,
      handOver: () => this.handOver,
      callbacks,
    });
  }

  /** Opens the bus, and takes part. Rejects with a ConfigError when its port cannot be had. */
  async start(): Promise<void> {
    const { config, logger } = this.#options;
    const host = ownHost(config, this.facts, this.#store.self.nodeId);
    const port = await openBus(this.bus, { config, host });
    logger.info({ port }, "listening for the cluster bus");
    await this.#begin();
  }

  async stop(): Promise<void> {
    this.#hasStopped = true;
    clearInterval(this.#timer);
    // Who waits for what it decides need not wait any longer.
    this.#member?.end();
    // A change of clusters is finished first: its files are being written. There may be another member then.
    await this.#moving;
    this.#member?.end();
    await this.#bus?.close();
    await this.#store.close();
  }

  /** A node without a past is a cluster of its own first. */
  async #begin(): Promise<void> {
    const store = this.#store;
    const isNew = store.restored === undefined && store.savedFacts === undefined;
    const founder = founderState(store.self.nodeId);
    if (isNew) await store.write({ ...founder, entries: [] });
    this.#live(this.#newMember({ restored: isNew ? founder : store.restored }));
    if (this.member.facts.clusterId === "" && !this.#hasStopped) await this.#found();
  }

  async #found(): Promise<void> {
    const [clusterId, historyId] = [newId(), newId()];
    const node = this.ownNode();
    const founded = this.member.propose({ kind: "found", clusterId, node, historyId });
    const timeUp = setTimeout(FOUNDING_MS, undefined, { ref: false });
    const outcome = await Promise.race([founded, timeUp]);
    if (outcome?.kind !== "accepted") {
      throw new Error(
        "this node could not begin its own cluster: its disk has not answered in time",
      );
    }
  }

  #newMember(from: {
    readonly restored: ControlStore["restored"];
    readonly joining?: Facts;
  }): ClusterMember {
    const { config, logger, replication, events } = this.#options;
    const { restored, joining = this.#store.savedFacts } = from;
    return new ClusterMember({
      config,
      logger,
      store: this.#store,
      restored,
      savedFacts: joining,
      bus: this.bus,
      self: this.ownNode(),
      replication,
      events,
    });
  }

  #live(member: ClusterMember): void {
    this.#member = member;
    this.#isStaleNoted = false;
    if (this.#hasStopped) return;
    this.#isLiving = true;
    this.#timer = setInterval(() => {
      this.#tick();
    }, CLUSTER_TICK_MS);
    this.#tick();
  }

  #tick(): void {
    this.member.tick();
    this.#noteStale();
    this.#assembling?.tick();
    this.#options.events.ticked();
  }

  /** Its files are from a backup, or a copy of them runs elsewhere: it is nobody there, and will not be by waiting. */
  #noteStale(): void {
    const { registrationRefusal: refusal } = this.member.core;
    if (refusal?.code !== "stale" || this.#isStaleNoted) return;
    this.#isStaleNoted = true;
    this.#options.logger.warn(
      { event: "node.stale", reason: refusal.detail },
      "the cluster knows a later process of this node, so this one has no part in it: its files are older than that. Stop it, remove its files, let it join as a new node, and CLUSTER FORGET the old one",
    );
  }

  /** Resolves to false when this node has moved elsewhere meanwhile, or stops. */
  async #adopt(facts: Facts): Promise<boolean> {
    return this.#move(this.member, async () => {
      await this.#orExit(async () => this.#store.adopt(facts));
      this.#live(this.#newMember({ restored: undefined, joining: facts }));
      const { clusterId } = facts;
      this.#options.logger.info({ event: "cluster.joined", clusterId }, "joined a cluster");
    });
  }

  /** Resolves as `#adopt`; rejects when the new cluster does not begin in time. */
  async #startOver(
    leaving: ClusterMember,
    { isHard }: { readonly isHard: boolean },
  ): Promise<boolean> {
    return this.#move(leaving, async () => {
      this.#assembling = undefined;
      this.#options.replication().giveUpLoading();
      await this.#orExit(async () => {
        await this.#store.reset(isHard ? newId() : undefined);
        if (!this.#hasStopped) this.#store = this.#openStore();
      });
      if (this.#hasStopped) return;
      this.bus.setPeers([]);
      this.bus.selfId = this.#store.self.nodeId;
      await this.#begin();
    });
  }

  /**
   * One after the other: each replaces the files that say who this node is, and in which cluster. What is to happen to
   * `leaving` does not happen to the member after it, of which nobody spoke.
   */
  async #move(leaving: ClusterMember, work: () => Promise<void>): Promise<boolean> {
    const move = async (): Promise<boolean> => {
      if (this.#member !== leaving || this.#hasStopped) return false;
      this.#leave();
      await work();
      return true;
    };
    const moved = this.#moving.then(move);
    this.#moving = settled(moved);
    return moved;
  }

  /** Half in one cluster and half in another: the next process finds out which by what is on the disk. */
  async #orExit(write: () => Promise<void>): Promise<void> {
    try {
      await write();
    } catch (error) {
      const failure = error instanceof Error ? error : new Error(String(error));
      exitOnDiskFailure(this.#options.logger)(failure);
    }
  }

  #leave(): void {
    clearInterval(this.#timer);
    this.#isLiving = false;
    this.member.end();
    this.#options.replication().leave();
    this.#options.events.stepped();
  }

  #openStore(): ControlStore {
    const { config, logger } = this.#options;
    return new ControlStore({
      paths: controlPaths(resolve(config.get("dir"), config.get("cluster-config-file"))),
      logger,
      newNodeId: newId,
      diskFailed: exitOnDiskFailure(logger),
    });
  }

  #busRefusalOf(host: string): string | undefined {
    if (this.#options.config.get("cluster-secret") !== "" || isLoopback(host)) return undefined;
    return "cluster-secret is not set: without it nodes on other machines are not let in";
  }
}

async function settled(work: Promise<unknown>): Promise<void> {
  await Promise.allSettled([work]);
}

/** 40 hex digits that nobody had before. */
function newId(): string {
  return randomBytes(20).toString("hex");
}
