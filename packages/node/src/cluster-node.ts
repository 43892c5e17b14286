import type { Facts } from "@slotcast/control";
import type { LinkView } from "@slotcast/gossip";
import type { Bytes } from "@slotcast/protocol";
import { HERE, route, ServedSlots, type Route } from "@slotcast/router";
import { setTimeout } from "node:timers/promises";
import { AddressBook } from "./cluster/address-book.ts";
import { busLines } from "./cluster/bus-lines.ts";
import type { ClusterAdmin } from "./cluster/cluster-admin.ts";
import { FactsView } from "./cluster/facts-view.ts";
import type { InfoLine } from "./cluster/info-line.ts";
import { STOP_HAND_OVER_MS, STOP_LINGER_MS } from "./cluster/limits.ts";
import { Membership } from "./cluster/membership.ts";
import { SELF_STATE, type PeerState } from "./cluster/peer-state.ts";
import { ReplicaAvailability } from "./cluster/replica-availability.ts";
import { replicationStateOf } from "./cluster/replication-state-of.ts";
import { ReplyCache } from "./cluster/reply-cache.ts";
import { rumouredState } from "./cluster/rumoured-state.ts";
import { stateLines } from "./cluster/state-lines.ts";
import type { Config } from "./config/config.ts";
import type { Connection } from "./connection.ts";
import { START_LINKS_WAIT_MS } from "./limits.ts";
import type { Logger } from "./logger.ts";
import type { SubscriptionKind } from "./pubsub/cohort.ts";
import type { ReplicationState } from "./replication/replication-state.ts";
import type { Replication } from "./replication/replication.ts";
import { ServingHold, type Resume } from "./serving-hold.ts";
import { SLOTCAST_VERSION } from "./slotcast-version.ts";

/** What the cluster tells its node. */
export interface ClusterCallbacks {
  /** A message of another node's PUBLISH. Both strings are views: valid for the turn. Must not throw. */
  published(channel: Bytes, payload: Bytes): void;
  /** A message of another node's SPUBLISH, as `published`. */
  publishedShard(channel: Bytes, payload: Bytes): void;
  /** `acknowledgedInterestSeq` grew. */
  interestAcknowledged(): void;
  /**
   * Something waits for `flush`. Said for itself, since not all that must leave leaves a reply behind it: a
   * PUBLISH of a client that muted its replies, a subscriber that is gone.
   */
  schedule(): void;
  replication(): Replication;
  /** Slots of this node may be served elsewhere now, or not at all: clients that wait for their keys are told. */
  slotsMoved(): void;
  /** This node's shard is another one, or has other slots: the shard channels of the rest are gone from here. */
  shardChanged(): void;
  /** Executes a request that was held back, and what its connection sent after it. */
  readonly resume: Resume;
}

/** Control and flood, each way. */
const LINKS_PER_PEER = 4;
const POLL_MS = 5;
/** Ten a second. */
const TICKS_PER_REVIEW = 5;

/**
 * This process as a node of its cluster: which slots are its own, where the others are, what they agree on, and the bus
 * to them. Owner: server.ts, which starts and stops it.
 */
export class ClusterNode {
  readonly view: FactsView;
  readonly addresses: AddressBook;
  /** CLUSTER SLOTS, encoded. */
  readonly slotsReplies: ReplyCache;
  readonly admin: ClusterAdmin;
  readonly hold: ServingHold;
  /** One object for all lives of this node. */
  readonly replicationState: ReplicationState;
  readonly #config: Config;
  readonly #logger: Logger;
  readonly #callbacks: ClusterCallbacks;
  readonly #served = new ServedSlots();
  readonly #available = new ReplicaAvailability();
  readonly #membership: Membership;
  #servedVersion = 0;
  #state: FactsView["state"] = "down";
  #ticks = 0;
  /** What `shardChanged` was last said for. */
  #ownShard: { readonly slotOwners: Facts["slotOwners"]; readonly shardId: string } | undefined;

  /** Opens this node's files, which begins another incarnation. Throws ConfigError when it cannot work. */
  constructor(options: {
    readonly config: Config;
    readonly logger: Logger;
    readonly callbacks: ClusterCallbacks;
  }) {
    const { config, callbacks } = options;
    this.#config = config;
    this.#callbacks = callbacks;
    this.#logger = options.logger.child({ component: "cluster" });
    const membership = new Membership({
      config,
      logger: this.#logger,
      replication: () => callbacks.replication(),
      events: {
        stepped: () => {
          this.#review();
        },
        ticked: () => {
          // Clients that were told wrongly find out by themselves: no hurry, and it walks over all nodes.
          this.#ticks += 1;
          if (this.#ticks % TICKS_PER_REVIEW !== 0) return;
          this.#available.review(this.view, (nodeId) => this.peerState(nodeId));
        },
        factsChanged: () => {
          this.#review();
          // Not by the facts: a voter that has just started has peers that they do not show yet.
          this.addresses.forget((nodeId) => membership.bus.peer(nodeId) !== undefined);
          callbacks.slotsMoved();
        },
      },
    });
    this.#membership = membership;
    this.admin = membership.operator;
    this.replicationState = replicationStateOf(() => membership.member);
    this.view = new FactsView({
      self: membership.ownNode(),
      facts: membership.facts,
      hasQuorum: false,
      isServing: false,
      requiresFullCoverage: config.get("cluster-require-full-coverage"),
    });
    this.addresses = new AddressBook({ view: this.view, config });
    this.slotsReplies = new ReplyCache(
      () => this.view.version + this.addresses.version + this.#available.version,
    );
    this.hold = new ServingHold((connection, argv) => {
      callbacks.resume(connection, argv);
    });
    membership.connect(this.addresses, {
      onPublish: (channel, payload) => {
        callbacks.published(channel, payload);
      },
      onPublishShard: (channel, payload) => {
        callbacks.publishedShard(channel, payload);
      },
      onInterestAcknowledged: () => {
        callbacks.interestAcknowledged();
      },
    });
    this.#followConfig();
  }

  /** Every peer knows our interest up to this number. */
  get acknowledgedInterestSeq(): number {
    return this.#membership.bus.interest.acknowledgedSeq;
  }

  /** This process is the primary of its shard, and may execute. What the clock asks for is done by it alone. */
  get isServing(): boolean {
    return this.view.isServing && this.#membership.member.leadsShard;
  }

  /** Where a request whose keys are in `slot` (or CROSS_SLOT) is served. Hot: no allocation when it is here. */
  route(
    slot: number,
    command: { readonly isWrite: boolean; readonly isShardChannel: boolean },
    client: { readonly readsReplica: boolean },
  ): Route {
    if (this.#served.has(slot, command, client)) return HERE;
    const { isWrite, isShardChannel } = command;
    const { readsReplica } = client;
    return route({ slot, isWrite, isShardChannel, readsReplica }, this.view, {
      allowReads: this.#config.get("cluster-allow-reads-when-down"),
      allowShardChannels: this.#config.get("cluster-allow-pubsubshard-when-down"),
    });
  }

  /** A request for a slot of this node that is refused: true when it waits instead (ServingHold). */
  holds(connection: Connection, argv: readonly Bytes[] | undefined, slot: number): boolean {
    return this.view.isAboutToServe(slot) && this.hold.hold(connection, argv);
  }

  /**
   * `host:port` of a node for the clients of this listener, as MOVED has it: an IPv6 address without
   * brackets, since clients split at the last colon; no host means the one that the client knows.
   */
  endpointText(nodeId: string, listenerName: string): string {
    const { preferredHost, port } = this.addresses.endpoint(nodeId, listenerName);
    return `${preferredHost ?? ""}:${port}`;
  }

  /** To the other nodes, with the turn's `flush`. The strings must stay valid until then. */
  publish(channel: Bytes, payload: Bytes): void {
    this.#callbacks.schedule();
    this.#membership.bus.publish(channel, payload);
  }

  /** To the other nodes of this node's shard, as `publish`. */
  publishShard(channel: Bytes, payload: Bytes): void {
    if (this.#membership.bus.publishShard(channel, payload)) this.#callbacks.schedule();
  }

  /** The end of the turn: sends what it has for other nodes, but for the log. */
  flush(): void {
    this.#membership.bus.flush();
  }

  /** The end of the turn: what was executed goes to the replicas. */
  flushLog(): void {
    const { member } = this.#membership;
    if (!member.hasReplicas || !member.leadsShard) return;
    this.#callbacks.replication().flush();
    member.flush();
  }

  /** The first subscriber here. Returns what `acknowledgedInterestSeq` must reach before he may be told; 0: nothing. */
  interestAdded(kind: SubscriptionKind, name: Bytes): number {
    this.#callbacks.schedule();
    switch (kind) {
      case "channel":
        return this.#membership.bus.interest.addChannel(name);
      case "pattern":
        return this.#membership.bus.interest.addPattern(name);
      case "shardChannel":
        // Only nodes of its shard publish there, and each sends it to all of them, asked or not.
        return 0;
    }
  }

  /** The last subscriber here is gone. */
  interestRemoved(kind: SubscriptionKind, name: Bytes): void {
    this.#callbacks.schedule();
    if (kind === "channel") this.#membership.bus.interest.removeChannel(name);
    else if (kind === "pattern") this.#membership.bus.interest.removePattern(name);
  }

  peerState(nodeId: string): PeerState {
    const rumoured = this.#rumouredState(nodeId);
    if (nodeId === this.view.selfId) return { ...SELF_STATE, ...rumoured, isSuspected: false };
    const peer = this.#membership.bus.peer(nodeId);
    const { isConnected = false, pingSentMs = 0, pongReceivedMs = 0 } = peer ?? {};
    return { ...SELF_STATE, ...rumoured, isConnected, pingSentMs, pongReceivedMs };
  }

  links(): readonly LinkView[] {
    return this.#membership.bus.links;
  }

  /** The first lines of CLUSTER INFO. */
  stateLines(): readonly InfoLine[] {
    return stateLines(this.view, (nodeId) => this.peerState(nodeId));
  }

  /** Traffic of the bus, for INFO and the rest of CLUSTER INFO. */
  infoLines(): readonly InfoLine[] {
    return busLines(this.#membership.bus);
  }

  /** Opens the bus, and takes part. Rejects with a ConfigError when its port cannot be had. */
  async start(): Promise<void> {
    await this.#membership.start();
    await this.#untilLinked();
  }

  /** Before the process ends: another node leads its shard then, if there is one that can. Never rejects. */
  async handOver(): Promise<void> {
    const { handOver, member } = this.#membership;
    if (!this.isServing || !member.hasReplicas) return;
    // When the voters stop as well, nobody is left to decide.
    const patience = setTimeout(
      STOP_HAND_OVER_MS,
      { kind: "refused", reason: "no answer" } as const,
      {
        ref: false,
      },
    );
    const outcome = await Promise.race([handOver.give(), patience]);
    if (outcome.kind === "done") await setTimeout(STOP_LINGER_MS);
    else this.#logger.warn({ reason: outcome.reason }, "stopping without handing over");
  }

  async stop(): Promise<void> {
    await this.#membership.stop();
    this.hold.end();
  }

  /** What clients are served may be another thing now. Called with every step: most change nothing. */
  #review(): void {
    const { member, isLiving } = this.#membership;
    const { core, facts, hasQuorum } = member;
    const { primary, replica } = core.role;
    const mayServe = primary === undefined ? (replica?.isReadable ?? false) : core.maySchedule;
    const isServing = isLiving && mayServe;
    this.view.follow({ self: member.node, facts, isServing, hasQuorum });
    if (this.view.version !== this.#servedVersion) {
      this.#servedVersion = this.view.version;
      this.#served.update(this.view);
      this.#reviewShard();
      this.#reviewState();
    }
    if (this.hold.size > 0 && (primary === undefined || isServing)) this.hold.end();
  }

  /** What is down serves nobody, so nobody shall wait there. */
  #reviewState(): void {
    const { state } = this.view;
    if (state === this.#state) return;
    this.#state = state;
    if (state === "down") this.#callbacks.slotsMoved();
  }

  #reviewShard(): void {
    const { facts, self } = this.view;
    const { slotOwners } = facts;
    const { shardId } = self;
    if (this.#ownShard?.slotOwners === slotOwners && this.#ownShard.shardId === shardId) return;
    this.#ownShard = { slotOwners, shardId };
    this.#callbacks.shardChanged();
  }

  /**
   * Resolves when every peer is linked both ways, or after START_LINKS_WAIT_MS: a peer may be away. Only then may
   * a client be told that he is subscribed.
   */
  async #untilLinked(): Promise<void> {
    const deadlineMs = Date.now() + START_LINKS_WAIT_MS;
    const { bus } = this.#membership;
    const isLinked = (): boolean => bus.links.length >= (this.view.nodes.size - 1) * LINKS_PER_PEER;
    while (!isLinked() && Date.now() < deadlineMs) await setTimeout(POLL_MS);
  }

  #rumouredState(nodeId: string): ReturnType<typeof rumouredState> {
    const { facts, peerRumours } = this.#membership.member;
    return rumouredState(nodeId, facts, peerRumours);
  }

  #followConfig(): void {
    const config = this.#config;
    config.onChange("cluster-publish-mode", (mode) => {
      this.#membership.bus.publishMode = mode;
    });
    config.onChange("cluster-link-sendbuf-limit", (limitBytes) => {
      this.#membership.bus.linkSendbufLimitBytes = limitBytes;
    });
    config.onChange("cluster-node-timeout", (nodeTimeoutMs) => {
      this.#membership.bus.nodeTimeoutMs = nodeTimeoutMs;
      this.#membership.member.core.detector.nodeTimeoutMs = nodeTimeoutMs;
    });
    config.onChange("cluster-require-full-coverage", (requiresFullCoverage) => {
      this.view.update({ requiresFullCoverage });
      this.#review();
    });
    const announce = (): void => {
      this.#membership.bus.hello = this.addresses.hello(SLOTCAST_VERSION);
    };
    config.onChange("cluster-announce-ip", announce);
    config.onChange("cluster-announce-port", announce);
    config.onChange("cluster-announce-hostname", announce);
  }
}
