import type { Socket } from "node:net";
import type { BusLogger } from "./bus-logger.ts";
import type { BusFault } from "./bus-protocol-error.ts";
import type { BusCounters, CloseReason } from "./bus-stats.ts";
import { finishLinks } from "./finish-links.ts";
import type { FrameName, PeerLinkKind } from "./frame-types.ts";
import type { Session } from "./handshake.ts";
import { Link, type LinkDirection, type LinkEvents } from "./link.ts";
import type { LinkEndings } from "./link-endings.ts";
import { OutboundLink, type BusAddress } from "./outbound-link.ts";
import { Peer } from "./peer.ts";

/** A node that this one shall have links with. */
export interface PeerAddress extends BusAddress {
  /** 40 hex digits; the node that answers there must prove to be this one. */
  readonly id: string;
}

export interface MeshEvents {
  /** A link to the peer, or from it, is up; nothing has been sent or read on it. */
  onUp(peer: Peer, link: Link): void;
  onDown(peer: Peer, link: Link): void;
  /** Returns how many messages the frame carried. May throw BusProtocolError, which closes the link. */
  onFrame(peer: Peer, link: Link, name: FrameName, body: Buffer): number;
  onDrain(link: Link): void;
  /** Nobody listens where the peer's control link was dialled. */
  onRefused(peer: Peer): void;
}

export interface MeshOptions {
  readonly selfId: () => string;
  readonly secret: Buffer;
  readonly counters: BusCounters;
  readonly logger: BusLogger;
  readonly endings: LinkEndings;
  readonly random: () => number;
  /** Unix time. */
  readonly nowMs: () => number;
  /** Never steps. */
  readonly steadyMs: () => number;
  readonly events: MeshEvents;
}

/** The links between this node and its peers: keeps up what it dials, and holds what they dialled. */
export class Mesh {
  readonly peers = new Map<string, Peer>();
  readonly #options: MeshOptions;
  readonly #linkEvents: LinkEvents;
  /** Whose data this node wants, peers or not: a peer that moves is another Peer. */
  readonly #wantsDataOf = new Set<string>();
  #isClosed = false;

  constructor(options: MeshOptions) {
    this.#options = options;
    this.#linkEvents = {
      onFrame: (link, name, body) => {
        const peer = this.peers.get(link.peerId);
        // A link of a removed peer is closed before the peer goes.
        return peer === undefined ? 0 : options.events.onFrame(peer, link, name, body);
      },
      onDrain: (link) => {
        options.events.onDrain(link);
      },
      onClosed: (link, reason, detail) => {
        this.#closed(link, reason, detail);
      },
    };
  }

  /** Links of peers that are no longer there, or moved, are closed; the others stay. True: something changed. */
  setPeers(wanted: readonly PeerAddress[]): boolean {
    const byId = new Map(wanted.map((address) => [address.id, address]));
    byId.delete(this.#options.selfId());
    let hasChanged = false;
    for (const [id, peer] of this.peers) {
      const address = byId.get(id);
      const { host, port } = peer.address;
      if (address !== undefined && address.host === host && address.port === port) continue;
      this.#remove(peer);
      hasChanged = true;
    }
    for (const address of byId.values()) {
      if (this.peers.has(address.id)) continue;
      this.peers.set(address.id, this.#makePeer(address));
      hasChanged = true;
    }
    this.tick();
    return hasChanged;
  }

  tick(): void {
    if (this.#isClosed) return;
    const steadyMs = this.#options.steadyMs();
    for (const { outbound } of this.peers.values()) {
      outbound.control.tick(steadyMs);
      outbound.flood.tick(steadyMs);
      outbound.data?.tick(steadyMs);
    }
  }

  /** Dials the peer's data link and keeps it up, also when the peer comes only later. */
  openData(peerId: string): void {
    this.#wantsDataOf.add(peerId);
    const peer = this.peers.get(peerId);
    if (peer === undefined || peer.outbound.data !== undefined) return;
    peer.outbound.data = this.#makeOutbound(peer, "data");
    this.tick();
  }

  closeData(peerId: string): void {
    this.#wantsDataOf.delete(peerId);
    const peer = this.peers.get(peerId);
    if (peer === undefined) return;
    peer.outbound.data?.stop("unwanted");
    peer.outbound.data = undefined;
    // Whoever heard that it is down may have wanted it again.
    if (this.#wantsDataOf.has(peerId)) this.openData(peerId);
  }

  /** The links that we dialled; they are dialled again. A data link ends only with a peer that is silent. */
  closeOutbound(peer: Peer, reason: CloseReason): void {
    peer.outbound.control.link?.close(reason);
    peer.outbound.flood.link?.close(reason);
    if (reason === "silent") peer.outbound.data?.link?.close(reason);
  }

  /** The links that the peer dialled; it will dial again. */
  closeInbound(peer: Peer, reason: CloseReason): void {
    peer.inbound.control?.close(reason);
    peer.inbound.flood?.close(reason);
    if (reason === "silent") peer.inbound.data?.close(reason);
  }

  /** Only peers may have the links of this room. */
  refusal(nodeId: string): BusFault | undefined {
    return this.peers.has(nodeId) ? undefined : "unknown-peer";
  }

  /** A peer has dialled us. */
  accepted(socket: Socket, session: Session, kind: PeerLinkKind): void {
    const link = this.#makeLink(socket, session, "from");
    const peer = this.peers.get(session.peerId);
    if (peer === undefined) {
      // Removed while it shook hands.
      link.close("removed");
      return;
    }
    peer.inbound[kind]?.close("replaced");
    peer.inbound[kind] = link;
    this.#up(link);
    link.start(session.rest);
    if (this.#isClosed) return;
    peer.outbound.control.hurry();
    peer.outbound.flood.hurry();
    peer.outbound.data?.hurry();
  }

  /** Stops dialling, lets queued frames leave for a moment, and closes what is left. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await finishLinks([...this.peers.values()].flatMap((peer) => peer.links()));
    for (const peer of this.peers.values()) this.#remove(peer);
  }

  #makePeer({ id, host, port }: PeerAddress): Peer {
    const address = { host, port };
    const outbound = (kind: PeerLinkKind): OutboundLink =>
      this.#makeOutbound({ id, address }, kind);
    return new Peer({
      id,
      address,
      outbound: {
        control: outbound("control"),
        flood: outbound("flood"),
        data: this.#wantsDataOf.has(id) ? outbound("data") : undefined,
      },
    });
  }

  #makeOutbound(
    { id, address }: { readonly id: string; readonly address: BusAddress },
    kind: PeerLinkKind,
  ): OutboundLink {
    return new OutboundLink({
      ...this.#options,
      selfId: this.#options.selfId(),
      kind,
      address,
      peerId: id,
      makeLink: (socket, session) => this.#makeLink(socket, session, "to"),
      onUp: (link) => {
        this.#up(link);
      },
      onFailed: (reason, detail) => {
        this.#options.endings.count(reason, { peer: id, kind, detail });
        const peer = this.peers.get(id);
        if (kind !== "control" || reason !== "connect-refused" || peer === undefined) return;
        this.#options.events.onRefused(peer);
      },
    });
  }

  #remove(peer: Peer): void {
    const reason = this.#isClosed ? "shutdown" : "removed";
    peer.outbound.control.stop(reason);
    peer.outbound.flood.stop(reason);
    peer.outbound.data?.stop(reason);
    this.closeInbound(peer, reason);
    peer.inbound.data?.close(reason);
    this.peers.delete(peer.id);
  }

  #makeLink(socket: Socket, session: Session, direction: LinkDirection): Link {
    return new Link({
      socket,
      session,
      direction,
      createdAtMs: this.#options.nowMs(),
      counters: this.#options.counters,
      events: this.#linkEvents,
    });
  }

  #up(link: Link): void {
    const { peerId, kind, direction } = link;
    this.#options.logger.debug({ peer: peerId, kind, direction }, "bus link up");
    const peer = this.peers.get(peerId);
    if (peer !== undefined) this.#options.events.onUp(peer, link);
  }

  #closed(link: Link, reason: CloseReason, detail: string | undefined): void {
    const { peerId, direction } = link;
    const kind = link.kind as PeerLinkKind; // who meets is not handed to this room
    this.#options.endings.count(reason, { peer: peerId, kind, direction, detail });
    const peer = this.peers.get(peerId);
    if (peer === undefined) return;
    const outbound = peer.outbound[kind];
    if (outbound?.link === link) {
      outbound.lost();
      this.#options.events.onDown(peer, link);
      // At once: when nobody listens there any more, the process is gone, and that should be known soon.
      if (!this.#isClosed) outbound.tick(this.#options.steadyMs());
    } else if (peer.inbound[kind] === link) {
      peer.inbound[kind] = undefined;
      this.#options.events.onDown(peer, link);
    }
  }
}
