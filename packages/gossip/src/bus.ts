import type { Bytes } from "@slotcast/protocol";
import { performance } from "node:perf_hooks";
import type { BusLogger } from "./bus-logger.ts";
import { BusCounters, type BusStats, type Traffic } from "./bus-stats.ts";
import { ControlTraffic } from "./control-traffic.ts";
import type { Hello } from "./control-messages.ts";
import { FloodTraffic, type PublishMode } from "./flood-traffic.ts";
import type { LinkKind } from "./frame-types.ts";
import { SECRET_BYTES_MIN, TICK_LATE_MS, TICK_MS } from "./limits.ts";
import type { LinkDirection } from "./link.ts";
import { LocalInterest, type InterestRegistry } from "./local-interest.ts";
import { Mesh, type PeerAddress } from "./mesh.ts";
import { isNodeId } from "./node-id.ts";
import type { BusAddress } from "./outbound-link.ts";
import type { Peer } from "./peer.ts";

export interface BusCallbacks {
  /**
   * A peer's PUBLISH. Both are views into the frame's text: valid for the turn, `own` what is kept. Called in
   * a loop over the frame: must not throw.
   */
  onPublish(channel: Bytes, payload: Bytes): void;
  /** A peer announced where clients reach it. */
  onPeerHello?(peerId: string, hello: Hello): void;
  /** `interest.acknowledgedSeq` grew. May be called from within `flush`, `setPeers` and `close`. */
  onInterestAcknowledged?(): void;
}

export interface BusOptions {
  /** 40 lower case hex digits. */
  readonly selfId: string;
  /** The same on all nodes; at least SECRET_BYTES_MIN. */
  readonly secret: Buffer;
  readonly hello: Hello;
  readonly callbacks: BusCallbacks;
  /** Unix time. Only shown, never waited by. */
  readonly nowMs: () => number;
  /** 0 (included) to 1 (not included); spreads the redials. */
  readonly random: () => number;
  readonly logger: BusLogger;
  /** Default: `interest`. */
  readonly publishMode?: PublishMode;
  /** `cluster-link-sendbuf-limit`; default 0: no limit. */
  readonly linkSendbufLimitBytes?: number;
}

/** One TCP connection, as CLUSTER LINKS shows it. */
export interface LinkView {
  readonly direction: LinkDirection;
  readonly nodeId: string;
  readonly kind: LinkKind;
  /** Unix time. */
  readonly createdAtMs: number;
  /** Written and not yet taken by the kernel. */
  readonly queuedBytes: number;
}

/** A peer as CLUSTER NODES shows it. A snapshot. */
export interface PeerView {
  readonly id: string;
  readonly host: string;
  readonly port: number;
  /** The control link that we dial is up. */
  readonly isConnected: boolean;
  /** Unix time of the ping that is not answered yet; 0: none is out. */
  readonly pingSentMs: number;
  /** Unix time of the latest pong; 0: none yet. */
  readonly pongReceivedMs: number;
  readonly roundTripMs: number | undefined;
  /** As last announced; undefined: never heard of. */
  readonly hello: Hello | undefined;
  /** Published messages that it did not get since it was added. */
  readonly drops: Traffic;
}

/**
 * The cluster bus of one node: two links to every peer (control and flood), PUBLISH between nodes, and what
 * each node wants to hear. docs/bus.md has the wire format.
 *
 * Owner: the node, which calls `flush` once at the end of each turn in which it published, subscribed or
 * unsubscribed.
 */
export class Bus {
  readonly #counters = new BusCounters();
  readonly #interest: LocalInterest;
  readonly #mesh: Mesh;
  readonly #control: ControlTraffic;
  readonly #flood: FloodTraffic;
  #timer: NodeJS.Timeout | undefined;
  #tickedAtMs = 0;

  /** Throws TypeError when the id, the secret or the hello is none. */
  constructor(options: BusOptions) {
    const { selfId, secret, callbacks, nowMs } = options;
    if (!isNodeId(selfId)) throw new TypeError(`not a node id: ${JSON.stringify(selfId)}`);
    if (secret.length < SECRET_BYTES_MIN) {
      throw new TypeError(`the cluster secret needs at least ${SECRET_BYTES_MIN} bytes`);
    }
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
    });
    this.#mesh = new Mesh({
      ...options,
      counters: this.#counters,
      steadyMs,
      events: {
        onUp: (peer, link) => {
          if (link.kind === "control") this.#control.up(peer, link);
        },
        onDown: (peer, link) => {
          if (link.kind === "control") this.#control.down(peer, link);
        },
        onFrame: (peer, link, name, body) => {
          if (name === "publish") return this.#flood.receive(body);
          this.#control.receive(peer, link, name, body);
          return 1;
        },
      },
    });
    this.#control = new ControlTraffic({
      mesh: this.#mesh,
      interest: this.#interest,
      hello: options.hello,
      nowMs,
      steadyMs,
      onPeerHello: (peerId, hello) => callbacks.onPeerHello?.(peerId, hello),
      onInterestChanged: () => {
        this.#flood.interestChanged();
      },
    });
  }

  /** Once. Resolves to the port, chosen when `port` is 0. Rejects when it cannot; may then be tried again. */
  async listen(address: BusAddress): Promise<number> {
    const port = await this.#mesh.listen(address);
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

  /** The end of the turn: announces new interest and sends the batches, one frame for each peer. */
  flush(): void {
    this.#control.flush();
    this.#flood.flush();
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

  /** Announced to all peers at once. Throws TypeError when they would refuse it. */
  set hello(hello: Hello) {
    this.#control.setHello(hello);
  }

  get stats(): BusStats {
    return this.#counters;
  }

  /** In the order of `setPeers`. */
  get peers(): PeerView[] {
    return [...this.#mesh.peers.values()].map(viewOf);
  }

  peer(id: string): PeerView | undefined {
    const peer = this.#mesh.peers.get(id);
    return peer === undefined ? undefined : viewOf(peer);
  }

  get links(): LinkView[] {
    return [...this.#mesh.peers.values()].flatMap((peer) =>
      peer.links().map(({ direction, peerId, kind, createdAtMs, queuedBytes }) => ({
        direction,
        nodeId: peerId,
        kind,
        createdAtMs,
        queuedBytes,
      })),
    );
  }

  /** Sends what is pending, then closes everything that `listen` and `setPeers` opened. */
  async close(): Promise<void> {
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.flush();
    await this.#mesh.close();
  }

  #start(): void {
    this.#tickedAtMs = steadyMs();
    this.#timer = setInterval(() => {
      const tickMs = steadyMs();
      const isLate = tickMs - this.#tickedAtMs > TICK_MS + TICK_LATE_MS;
      this.#tickedAtMs = tickMs;
      this.#mesh.tick();
      this.#control.tick({ steadyMs: tickMs, isLate });
    }, TICK_MS);
  }
}

/** Deadlines are measured on a clock that never steps; `nowMs` may. */
function steadyMs(): number {
  return performance.now();
}

function viewOf(peer: Peer): PeerView {
  const { pingSentMs, pongReceivedMs, roundTripMs } = peer.heartbeat;
  return {
    id: peer.id,
    ...peer.address,
    isConnected: peer.outbound.control.link !== undefined,
    pingSentMs,
    pongReceivedMs,
    roundTripMs,
    hello: peer.hello,
    drops: { ...peer.drops },
  };
}
