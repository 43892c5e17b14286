import type { Bytes } from "@slotcast/protocol";
import { performance } from "node:perf_hooks";
import { BusListener } from "./bus-listener.ts";
import type { BusOptions } from "./bus-options.ts";
import { BusCounters, type BusStats } from "./bus-stats.ts";
import { busTiming, type BusTiming } from "./bus-timing.ts";
import { linkViews, peerView, type LinkView, type PeerView } from "./bus-views.ts";
import type { Hello } from "./control-messages.ts";
import { ControlTraffic } from "./control-traffic.ts";
import { DataTraffic } from "./data-traffic.ts";
import { FloodTraffic, type PublishMode } from "./flood-traffic.ts";
import type { PlainFrameName } from "./frame-types.ts";
import { NODE_TIMEOUT_MS, SECRET_BYTES_MIN } from "./limits.ts";
import { LinkEndings } from "./link-endings.ts";
import { LocalInterest, type InterestRegistry } from "./local-interest.ts";
import { Mesh, type PeerAddress } from "./mesh.ts";
import { isNodeId } from "./node-id.ts";
import type { BusAddress } from "./outbound-link.ts";
import { Strangers, type Stranger } from "./strangers.ts";

/**
 * The cluster bus of one node: links to every peer (control and flood, and data where replication needs it),
 * PUBLISH between nodes, what each node wants to hear, heartbeats, the frames of control, and the door for nodes
 * that are not members yet. docs/bus.md has the wire format.
 *
 * Owner: the node, which calls `flush` once at the end of each turn in which it published, subscribed or
 * unsubscribed.
 */
export class Bus {
  readonly #counters = new BusCounters();
  readonly #endings: LinkEndings;
  readonly #listener: BusListener;
  readonly #interest: LocalInterest;
  readonly #mesh: Mesh;
  readonly #strangers: Strangers;
  readonly #control: ControlTraffic;
  readonly #flood: FloodTraffic;
  readonly #data: DataTraffic;
  #selfId: string;
  #nodeTimeoutMs: number;
  #timing: BusTiming;
  #timer: NodeJS.Timeout | undefined;
  #tickedAtMs = 0;
  /** When this process was last held up: whom it did not hear before that may have spoken. */
  #listeningSinceMs = Number.NEGATIVE_INFINITY;

  /** Throws TypeError when the id, the secret or the hello is none. */
  constructor(options: BusOptions) {
    const { selfId, secret, callbacks, nowMs } = options;
    if (!isNodeId(selfId)) throw new TypeError(`not a node id: ${JSON.stringify(selfId)}`);
    if (secret.length < SECRET_BYTES_MIN) {
      throw new TypeError(`the cluster secret needs at least ${SECRET_BYTES_MIN} bytes`);
    }
    this.#selfId = selfId;
    this.#nodeTimeoutMs = options.nodeTimeoutMs ?? NODE_TIMEOUT_MS;
    this.#timing = busTiming(this.#nodeTimeoutMs);
    const shared = {
      ...options,
      selfId: () => this.#selfId,
      steadyMs,
      counters: this.#counters,
      endings: new LinkEndings({ ...options, counters: this.#counters }),
    };
    this.#endings = shared.endings;
    this.#interest = new LocalInterest({
      onAcknowledged: () => callbacks.onInterestAcknowledged?.(),
    });
    this.#flood = new FloodTraffic({
      mode: options.publishMode ?? "interest",
      linkSendbufLimitBytes: options.linkSendbufLimitBytes ?? 0,
      counters: this.#counters,
      onPublish: (channel, payload) => {
        callbacks.onPublish(channel, payload);
      },
      onPublishShard: (channel, payload) => {
        callbacks.onPublishShard?.(channel, payload);
      },
    });
    this.#data = new DataTraffic(callbacks);
    this.#strangers = new Strangers(shared);
    this.#mesh = new Mesh({
      ...shared,
      events: {
        onUp: (peer, link) => {
          if (link.kind === "control") this.#control.up(peer, link);
          else if (link.kind === "data") this.#data.up(link);
        },
        onDown: (peer, link) => {
          if (link.kind === "control") this.#control.down(peer, link);
          else if (link.kind === "data") this.#data.down(link);
        },
        onFrame: (peer, link, name, body) => {
          if (name === "publish" || name === "publishShard") return this.#flood.receive(name, body);
          if (name === "replication") this.#data.receive(link, body);
          else this.#control.receive(peer, link, name, body);
          return 1;
        },
        onDrain: (link) => {
          this.#data.drained(link);
        },
        onRefused: (peer) => callbacks.onPeerRefused?.(peer.id),
      },
    });
    this.#listener = new BusListener({
      ...shared,
      refusal: (nodeId, kind) => (kind === "meet" ? this.#strangers : this.#mesh).refusal(nodeId),
      onSession: (socket, session) => {
        const { kind } = session;
        if (kind === "meet") this.#strangers.accepted(socket, session);
        else this.#mesh.accepted(socket, session, kind);
      },
    });
    this.#control = new ControlTraffic({
      mesh: this.#mesh,
      interest: this.#interest,
      hello: options.hello,
      timing: this.#timing,
      nowMs,
      steadyMs,
      onPeerHello: (peerId, hello) => callbacks.onPeerHello?.(peerId, hello),
      onInterestChanged: () => {
        this.#flood.interestChanged();
      },
      rumour: () => callbacks.rumour?.(),
      onPlain: (peerId, frame, plain) => callbacks.onControl?.(peerId, frame, plain),
      onHeard: (peerId) => callbacks.onPeerHeard?.(peerId),
    });
  }

  /** Once. Resolves to the port, chosen when `port` is 0. Rejects when it cannot; may then be tried again. */
  async listen(address: BusAddress): Promise<number> {
    const port = await this.#listener.listen(address);
    this.#start();
    return port;
  }

  /** The other nodes; this one may be among them. Dials new ones, and closes the links of those left out. */
  setPeers(peers: readonly PeerAddress[]): void {
    for (const { id } of peers) {
      if (!isNodeId(id)) throw new TypeError(`not a node id: ${JSON.stringify(id)}`);
    }
    if (this.#mesh.setPeers(peers)) this.#flood.setPeers([...this.#mesh.peers.values()]);
  }

  /** Appends to this turn's batch of each peer that shall have it. The strings must stay valid until `flush`. */
  publish(channel: Bytes, payload: Bytes): void {
    this.#flood.publish(channel, payload);
  }

  /** To the peers that `setShardPeers` named, as `publish`. False: there are none, and nothing waits for `flush`. */
  publishShard(channel: Bytes, payload: Bytes): boolean {
    return this.#flood.publishShard(channel, payload);
  }

  /** The other nodes of this node's shard: who gets what is published to a shard channel. They may become peers later. */
  setShardPeers(ids: readonly string[]): void {
    this.#flood.setShardPeers(ids);
  }

  /** The end of the turn: announces new interest and sends the batches, one frame for each peer. */
  flush(): void {
    this.#control.flush();
    this.#flood.flush();
  }

  /**
   * Says something to one node, at once: to a peer on a control link, to a stranger on the link on which it was met.
   * False: there is no link that such a frame may travel on. True is no receipt. Throws TypeError when it is no plain
   * data (control-codec.ts, packPlain).
   */
  send(nodeId: string, frame: PlainFrameName, plain: unknown): boolean {
    return this.#control.send(nodeId, frame, plain) || this.#strangers.send(nodeId, frame, plain);
  }

  /** To all peers that have a control link, encoded once. Throws as `send`. */
  broadcast(frame: PlainFrameName, plain: unknown): void {
    this.#control.broadcast(frame, plain);
  }

  /**
   * Dials whoever listens there, without knowing its id: a seed, CLUSTER MEET. One attempt, which ends in
   * `onStrangerUp` or `onMeetFailed`; nothing happens when it is under way or there already. False: STRANGERS_MAX
   * are. Throws RangeError when the port is none.
   */
  meet(address: BusAddress): boolean {
    return this.#strangers.meet(address);
  }

  /** Ends the links with a stranger: it was answered, or is a peer now. They also end when nothing is said. */
  dismiss(nodeId: string): void {
    this.#strangers.dismiss(nodeId);
  }

  get strangers(): readonly Stranger[] {
    return this.#strangers.all;
  }

  /** Dials a data link to the peer and keeps it up until `closeData`, also when the peer is to be added yet, or moves. */
  openData(peerId: string): void {
    this.#mesh.openData(peerId);
  }

  /** The link that we dialled. One that the peer dialled is ended by its `close`. */
  closeData(peerId: string): void {
    this.#mesh.closeData(peerId);
  }

  get interest(): InterestRegistry {
    return this.#interest;
  }

  get publishMode(): PublishMode {
    return this.#flood.mode;
  }

  /** Effective with the next `publish`. */
  set publishMode(mode: PublishMode) {
    this.#flood.mode = mode;
  }

  get linkSendbufLimitBytes(): number {
    return this.#flood.linkSendbufLimitBytes;
  }

  /** 0: no limit. A batch that would make a link's queue longer is dropped for that peer, and counted. */
  set linkSendbufLimitBytes(limitBytes: number) {
    this.#flood.linkSendbufLimitBytes = limitBytes;
  }

  /** This node is another one from now on. Only while it has no peers; strangers keep the old name. */
  set selfId(selfId: string) {
    if (!isNodeId(selfId)) throw new TypeError(`not a node id: ${JSON.stringify(selfId)}`);
    this.#selfId = selfId;
  }

  get nodeTimeoutMs(): number {
    return this.#nodeTimeoutMs;
  }

  /** Effective at once. */
  set nodeTimeoutMs(nodeTimeoutMs: number) {
    this.#nodeTimeoutMs = nodeTimeoutMs;
    this.#timing = busTiming(nodeTimeoutMs);
    this.#control.timing = this.#timing;
    if (this.#timer !== undefined) this.#start();
  }

  /** Announced to all peers at once. Throws TypeError when they would refuse it. */
  set hello(hello: Hello) {
    this.#control.setHello(hello);
  }

  get stats(): BusStats {
    return this.#counters;
  }

  /** In the order of `setPeers`. */
  get peers(): PeerView[] {
    return [...this.#mesh.peers.values()].map(peerView);
  }

  peer(id: string): PeerView | undefined {
    const peer = this.#mesh.peers.get(id);
    return peer === undefined ? undefined : peerView(peer);
  }

  /** With peers; strangers have none. */
  get links(): LinkView[] {
    return [...this.#mesh.peers.values()].flatMap(linkViews);
  }

  /** Sends what is pending, then closes everything that `listen`, `setPeers` and `meet` opened. */
  async close(): Promise<void> {
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.flush();
    this.#endings.silence();
    await Promise.all([this.#listener.close(), this.#mesh.close(), this.#strangers.close()]);
  }

  #start(): void {
    clearInterval(this.#timer);
    this.#tickedAtMs = steadyMs();
    this.#timer = setInterval(() => {
      this.#tick();
    }, this.#timing.tickMs);
  }

  #tick(): void {
    const tickMs = steadyMs();
    const { tickMs: periodMs, tickLateMs } = this.#timing;
    if (tickMs - this.#tickedAtMs > periodMs + tickLateMs) this.#listeningSinceMs = tickMs;
    this.#tickedAtMs = tickMs;
    const clock = { steadyMs: tickMs, listeningSinceMs: this.#listeningSinceMs };
    this.#listener.tick(tickMs);
    this.#mesh.tick();
    this.#control.tick(clock);
    this.#strangers.tick(clock);
  }
}

/** Deadlines are measured on a clock that never steps; `nowMs` may. */
function steadyMs(): number {
  return performance.now();
}
