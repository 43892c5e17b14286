import { setTimeout } from "node:timers/promises";
import { Bus, type LinkView } from "@slotcast/gossip";
import type { Bytes } from "@slotcast/protocol";
import { HERE, route, ServedSlots, type ClusterView, type Route } from "@slotcast/router";
import { AddressBook } from "./cluster/address-book.ts";
import { busLines } from "./cluster/bus-lines.ts";
import { busSecret } from "./cluster/bus-secret.ts";
import type { ClusterAdmin } from "./cluster/cluster-admin.ts";
import type { InfoLine } from "./cluster/info-line.ts";
import { loadView } from "./cluster/load-view.ts";
import { openBus } from "./cluster/open-bus.ts";
import { SELF_STATE, type PeerState } from "./cluster/peer-state.ts";
import { ReplyCache } from "./cluster/reply-cache.ts";
import { stateLines } from "./cluster/state-lines.ts";
import type { StaticClusterView } from "./cluster/static-view.ts";
import type { Config } from "./config/config.ts";
import { START_LINKS_WAIT_MS } from "./limits.ts";
import type { Logger } from "./logger.ts";
import type { SubscriptionKind } from "./pubsub/cohort.ts";
import { SLOTCAST_VERSION } from "./slotcast-version.ts";

/** What the cluster tells its node. */
export interface ClusterCallbacks {
  /** A message of another node's PUBLISH. Both strings are views: valid for the turn. Must not throw. */
  published(channel: Bytes, payload: Bytes): void;
  /** `acknowledgedInterestSeq` grew. */
  interestAcknowledged(): void;
  /**
   * Something waits for `flush`. Said for itself, since not all that must leave leaves a reply behind it: a
   * PUBLISH of a client that muted its replies, a subscriber that is gone.
   */
  schedule(): void;
}

/** Control and flood, each way. */
const LINKS_PER_PEER = 4;
const START_LINKS_POLL_MS = 10;

/**
 * This process as a node of its cluster: which slots are its own, where the others are, and the bus to them.
 * Owner: server.ts, which starts and stops it.
 */
export class ClusterNode {
  readonly view: ClusterView;
  readonly addresses: AddressBook;
  /** CLUSTER SLOTS, encoded. */
  readonly slotsReplies: ReplyCache;
  /** Who may change the facts; `undefined`: nobody, the nodes file holds. */
  readonly admin: ClusterAdmin | undefined = undefined;
  readonly #config: Config;
  readonly #logger: Logger;
  readonly #bus: Bus;
  readonly #schedule: () => void;
  readonly #served = new ServedSlots();
  /** Until a peer has answered, its silence counts from here. */
  readonly #madeAtMs = Date.now();

  /** Reads the nodes file. Throws ConfigError when it and the configuration cannot work. */
  constructor(options: {
    readonly config: Config;
    readonly logger: Logger;
    readonly callbacks: ClusterCallbacks;
  }) {
    const { config, callbacks } = options;
    this.#config = config;
    this.#schedule = () => {
      callbacks.schedule();
    };
    this.#logger = options.logger.child({ component: "cluster" });
    const view = loadView(config);
    this.view = view;
    this.addresses = new AddressBook({ view, config });
    this.slotsReplies = new ReplyCache(() => view.version + this.addresses.version);
    const { addresses } = this;
    this.#bus = new Bus({
      selfId: view.selfId,
      secret: busSecret({
        secret: config.get("cluster-secret"),
        hosts: [...view.nodes.values()].map(({ address }) => address.host),
      }),
      hello: addresses.hello(SLOTCAST_VERSION),
      callbacks: {
        onPublish: (channel, payload) => {
          callbacks.published(channel, payload);
        },
        onPeerHello: (peerId, hello) => {
          addresses.learn(peerId, hello);
        },
        onInterestAcknowledged: () => {
          callbacks.interestAcknowledged();
        },
      },
      nowMs: Date.now,
      random: Math.random,
      logger: this.#logger,
      publishMode: config.get("cluster-publish-mode"),
      linkSendbufLimitBytes: config.get("cluster-link-sendbuf-limit"),
    });
    this.#followConfig(view);
    this.#served.update(view);
  }

  /** Every peer knows our interest up to this number. */
  get acknowledgedInterestSeq(): number {
    return this.#bus.interest.acknowledgedSeq;
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
    this.#schedule();
    this.#bus.publish(channel, payload);
  }

  /** The end of the turn: sends what it has for other nodes. */
  flush(): void {
    this.#bus.flush();
  }

  /** The first subscriber here. Returns what `acknowledgedInterestSeq` must reach before he may be told; 0: nothing. */
  interestAdded(kind: SubscriptionKind, name: Bytes): number {
    this.#schedule();
    switch (kind) {
      case "channel":
        return this.#bus.interest.addChannel(name);
      case "pattern":
        return this.#bus.interest.addPattern(name);
      case "shardChannel":
        // Only its own shard delivers it, and that is this node.
        return 0;
    }
  }

  /** The last subscriber here is gone. */
  interestRemoved(kind: SubscriptionKind, name: Bytes): void {
    this.#schedule();
    if (kind === "channel") this.#bus.interest.removeChannel(name);
    else if (kind === "pattern") this.#bus.interest.removePattern(name);
  }

  peerState(nodeId: string): PeerState {
    if (nodeId === this.view.selfId) return SELF_STATE;
    const peer = this.#bus.peer(nodeId);
    const { isConnected = false, pingSentMs = 0, pongReceivedMs = 0 } = peer ?? {};
    const silentMs = Date.now() - Math.max(pongReceivedMs, this.#madeAtMs);
    const isSuspected =
      (!isConnected || pingSentMs > 0) && silentMs > this.#config.get("cluster-node-timeout");
    return { ...SELF_STATE, isConnected, isSuspected, pingSentMs, pongReceivedMs };
  }

  links(): readonly LinkView[] {
    return this.#bus.links;
  }

  /** The first lines of CLUSTER INFO. */
  stateLines(): readonly InfoLine[] {
    return stateLines(this.view, (nodeId) => this.peerState(nodeId));
  }

  /** Traffic of the bus, for INFO and the rest of CLUSTER INFO. */
  infoLines(): readonly InfoLine[] {
    return busLines(this.#bus);
  }

  /** Opens the bus. Rejects with a ConfigError when its port cannot be had. */
  async start(): Promise<void> {
    const { view } = this;
    const port = await openBus(this.#bus, { config: this.#config, self: view.self });
    this.#logger.info({ port }, "listening for the cluster bus");
    const announcedPort = this.#config.get("cluster-announce-bus-port") || port;
    if (view.nodes.size > 1 && announcedPort !== view.self.busPort) {
      this.#logger.warn(
        { port: announcedPort, expected: view.self.busPort },
        "the nodes file gives this node another bus port: its peers will not find it",
      );
    }
    this.#bus.setPeers(
      [...view.nodes.values()].map(({ id, address, busPort }) => ({
        id,
        host: address.host,
        port: busPort,
      })),
    );
    await this.#untilLinked();
  }

  /**
   * Resolves when every peer is linked both ways, or after START_LINKS_WAIT_MS: a peer may be away. Only then may
   * a client be told that he is subscribed.
   */
  async #untilLinked(): Promise<void> {
    const wanted = (this.view.nodes.size - 1) * LINKS_PER_PEER;
    const deadlineMs = Date.now() + START_LINKS_WAIT_MS;
    while (this.#bus.links.length < wanted && Date.now() < deadlineMs) {
      await setTimeout(START_LINKS_POLL_MS);
    }
  }

  async stop(): Promise<void> {
    await this.#bus.close();
  }

  #followConfig(view: StaticClusterView): void {
    const config = this.#config;
    const bus = this.#bus;
    config.onChange("cluster-publish-mode", (mode) => {
      bus.publishMode = mode;
    });
    config.onChange("cluster-link-sendbuf-limit", (limitBytes) => {
      bus.linkSendbufLimitBytes = limitBytes;
    });
    config.onChange("cluster-require-full-coverage", (required) => {
      view.requireFullCoverage(required);
      this.#served.update(view);
    });
    const announce = (): void => {
      bus.hello = this.addresses.hello(SLOTCAST_VERSION);
    };
    config.onChange("cluster-announce-ip", announce);
    config.onChange("cluster-announce-port", announce);
    config.onChange("cluster-announce-hostname", announce);
  }
}
