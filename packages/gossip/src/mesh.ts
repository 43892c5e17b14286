import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { createServer, type Server, type Socket } from "node:net";
import type { BusLogger } from "./bus-logger.ts";
import { LogThrottle } from "./bus-logger.ts";
import type { BusCounters, CloseReason } from "./bus-stats.ts";
import type { FrameName, LinkKind } from "./frame-types.ts";
import { AcceptorHandshake, NONCE_BYTES, type Session } from "./handshake.ts";
import { CLOSE_DRAIN_MS, PENDING_HANDSHAKES_MAX } from "./limits.ts";
import { Link, type LinkDirection, type LinkEvents } from "./link.ts";
import { OutboundLink, type BusAddress } from "./outbound-link.ts";
import { Peer } from "./peer.ts";
import { PendingLink } from "./pending-link.ts";

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
}

export interface MeshOptions {
  readonly selfId: string;
  readonly secret: Buffer;
  readonly counters: BusCounters;
  readonly logger: BusLogger;
  readonly random: () => number;
  /** Unix time. */
  readonly nowMs: () => number;
  /** Never steps. */
  readonly steadyMs: () => number;
  readonly events: MeshEvents;
}

/** Ordinary in a cluster where nodes come and go: logged for information. All else is a warning. */
const ORDINARY: readonly CloseReason[] = [
  "peer-closed",
  "connect-failed",
  "replaced",
  "removed",
  "shutdown",
];

/** The links between this node and its peers: listens, dials, authenticates, dials again. */
export class Mesh {
  readonly peers = new Map<string, Peer>();
  readonly #options: MeshOptions;
  readonly #server: Server;
  readonly #throttle = new LogThrottle();
  /** Accepted and not authenticated. */
  readonly #pending = new Set<PendingLink>();
  readonly #linkEvents: LinkEvents;
  #isClosed = false;

  constructor(options: MeshOptions) {
    this.#options = options;
    this.#server = createServer((socket) => {
      this.#accept(socket);
    });
    this.#linkEvents = {
      onFrame: (link, name, body) => {
        const peer = this.peers.get(link.peerId);
        // A link of a removed peer is closed before the peer goes.
        return peer === undefined ? 0 : options.events.onFrame(peer, link, name, body);
      },
      onClosed: (link, reason, detail) => {
        this.#closed(link, reason, detail);
      },
    };
  }

  /** Resolves to the port, which is chosen when `port` is 0. Rejects when it cannot; may then be tried again. */
  async listen(address: BusAddress): Promise<number> {
    const server = this.#server;
    server.listen(address);
    await once(server, "listening"); // rejects on "error"
    server.on("error", (error) => {
      this.#options.logger.warn({ error: error.message }, "bus listener failed");
    });
    const bound = server.address();
    return typeof bound === "object" && bound !== null ? bound.port : address.port;
  }

  /** Links of peers that are no longer there, or moved, are closed; the others stay. True: something changed. */
  setPeers(wanted: readonly PeerAddress[]): boolean {
    const byId = new Map(wanted.map((address) => [address.id, address]));
    byId.delete(this.#options.selfId);
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
    for (const pending of this.#pending) pending.expire(steadyMs);
    for (const { outbound } of this.peers.values()) {
      outbound.control.tick(steadyMs);
      outbound.flood.tick(steadyMs);
    }
  }

  /** The links that we dialled; they are dialled again. */
  closeOutbound(peer: Peer, reason: CloseReason): void {
    peer.outbound.control.link?.close(reason);
    peer.outbound.flood.link?.close(reason);
  }

  /** The links that the peer dialled; it will dial again. */
  closeInbound(peer: Peer, reason: CloseReason): void {
    peer.inbound.control?.close(reason);
    peer.inbound.flood?.close(reason);
  }

  /** Stops listening and dialling, lets queued frames leave for CLOSE_DRAIN_MS, and closes what is left. */
  async close(): Promise<void> {
    this.#isClosed = true;
    const hasListenerClosed = new Promise<void>((resolve) => {
      this.#server.close(() => {
        resolve();
      });
    });
    for (const pending of this.#pending) pending.fail("shutdown");
    const links = [...this.peers.values()].flatMap((peer) => peer.links());
    const timeout = Promise.withResolvers<void>();
    const timer = setTimeout(timeout.resolve, CLOSE_DRAIN_MS);
    await Promise.race([Promise.all(links.map((link) => link.finish())), timeout.promise]);
    clearTimeout(timer);
    for (const peer of this.peers.values()) this.#remove(peer);
    await hasListenerClosed;
  }

  #makePeer({ id, host, port }: PeerAddress): Peer {
    const address = { host, port };
    const outbound = (kind: LinkKind): OutboundLink =>
      new OutboundLink({
        ...this.#options,
        kind,
        address,
        peerId: id,
        makeLink: (socket, session) => this.#makeLink(socket, session, "to"),
        onUp: (link) => {
          this.#up(link);
        },
        onFailed: (reason, detail) => {
          this.#count(reason, { peer: id, kind, detail });
        },
      });
    return new Peer({
      id,
      address,
      outbound: { control: outbound("control"), flood: outbound("flood") },
    });
  }

  #remove(peer: Peer): void {
    const reason = this.#isClosed ? "shutdown" : "removed";
    peer.outbound.control.stop(reason);
    peer.outbound.flood.stop(reason);
    this.closeInbound(peer, reason);
    this.peers.delete(peer.id);
  }

  #accept(socket: Socket): void {
    if (this.#pending.size >= PENDING_HANDSHAKES_MAX) {
      socket.destroy();
      this.#count("too-many-handshakes", { peer: socket.remoteAddress });
      return;
    }
    const pending: PendingLink = new PendingLink({
      socket,
      steadyMs: this.#options.steadyMs(),
      handshake: new AcceptorHandshake({
        secret: this.#options.secret,
        selfId: this.#options.selfId,
        nonce: randomBytes(NONCE_BYTES),
        isPeer: (nodeId) => this.peers.has(nodeId),
      }),
      events: {
        onSession: (ready, session) => {
          this.#pending.delete(pending);
          this.#accepted(ready, session);
        },
        onFailed: (reason, detail) => {
          this.#pending.delete(pending);
          this.#count(reason, { peer: pending.claimedName, detail });
        },
      },
    });
    this.#pending.add(pending);
  }

  #accepted(socket: Socket, session: Session): void {
    const link = this.#makeLink(socket, session, "from");
    const peer = this.peers.get(session.peerId);
    if (peer === undefined) {
      // Removed while it shook hands.
      link.close("removed");
      return;
    }
    peer.inbound[link.kind]?.close("replaced");
    peer.inbound[link.kind] = link;
    this.#up(link);
    link.start(session.rest);
    peer.outbound.control.hurry();
    peer.outbound.flood.hurry();
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
    const { peerId, kind, direction } = link;
    this.#count(reason, { peer: peerId, kind, direction, detail });
    const peer = this.peers.get(peerId);
    if (peer === undefined) return;
    if (peer.outbound[kind].link === link) peer.outbound[kind].lost();
    else if (peer.inbound[kind] === link) peer.inbound[kind] = undefined;
    else return;
    this.#options.events.onDown(peer, link);
  }

  /** Every connection that ends, or never begins, comes here once. */
  #count(
    reason: CloseReason,
    fields: Record<string, unknown> & { readonly peer: string | undefined },
  ): void {
    const { counters, logger, nowMs } = this.#options;
    counters.closes[reason] += 1;
    if (this.#isClosed || !this.#throttle.allows(`${fields.peer} ${reason}`, nowMs())) return;
    if (ORDINARY.includes(reason)) logger.info({ ...fields, reason }, "bus link closed");
    else logger.warn({ ...fields, reason }, "bus link refused or broken");
  }
}
