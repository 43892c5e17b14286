import { randomBytes } from "node:crypto";
import { connect, type Socket } from "node:net";
import type { BusLogger } from "./bus-logger.ts";
import type { BusFault } from "./bus-protocol-error.ts";
import type { BusCounters, CloseReason } from "./bus-stats.ts";
import { packPlain, unpackPlain } from "./control-codec.ts";
import { finishLinks } from "./finish-links.ts";
import { frameBody } from "./frame-codec.ts";
import { isPlainFrame, travelsOn, type FrameName, type PlainFrameName } from "./frame-types.ts";
import { DiallerHandshake, NONCE_BYTES, type Session } from "./handshake.ts";
import { CONTROL_QUEUED_BYTES_MAX, STRANGER_SILENCE_MS, STRANGERS_MAX } from "./limits.ts";
import { Link, type LinkDirection, type LinkEvents } from "./link.ts";
import type { LinkEndings } from "./link-endings.ts";
import type { BusAddress } from "./outbound-link.ts";
import { PendingLink } from "./pending-link.ts";

/** A node at the other end of a `meet` link. It knows the secret; that is all. It may also be one of our peers. */
export interface Stranger {
  /** Proved in the handshake. */
  readonly nodeId: string;
  readonly direction: LinkDirection;
  /** What `meet` was given; undefined: it dialled us. */
  readonly dialled: BusAddress | undefined;
  /** Its address and ours, as this connection has them: how each can be reached. "": the connection is gone. */
  readonly remoteHost: string;
  readonly localHost: string;
}

export interface StrangerCallbacks {
  /** Whether a node that is not a peer may talk to us at all. Without it, none may. */
  mayJoin?(nodeId: string): boolean;
  onStrangerUp?(stranger: Stranger): void;
  onStrangerDown?(stranger: Stranger, reason: CloseReason): void;
  /** As `onControl`, of somebody who is no member: decoded, and otherwise unchecked. */
  onStranger?(stranger: Stranger, frame: PlainFrameName, plain: unknown): void;
  /** Nobody was met there. `own-id`: that address is this node's own. */
  onMeetFailed?(address: BusAddress, reason: CloseReason): void;
}

export interface StrangersOptions {
  readonly selfId: () => string;
  readonly secret: Buffer;
  readonly counters: BusCounters;
  readonly logger: BusLogger;
  readonly endings: LinkEndings;
  /** Unix time. */
  readonly nowMs: () => number;
  /** Never steps. */
  readonly steadyMs: () => number;
  readonly callbacks: StrangerCallbacks;
}

interface Acquaintance {
  readonly stranger: Stranger;
  heardAtSteadyMs: number;
}

/**
 * Links with nodes that are not peers (yet): somebody dialled an address without knowing who is there. They carry a
 * short list of frames, no messages, and end by themselves when nothing is said.
 */
export class Strangers {
  readonly #options: StrangersOptions;
  readonly #linkEvents: LinkEvents;
  /** Under way, by address. */
  readonly #dials = new Map<string, PendingLink>();
  readonly #links = new Map<Link, Acquaintance>();
  #isClosed = false;

  constructor(options: StrangersOptions) {
    this.#options = options;
    this.#linkEvents = {
      onFrame: (link, name, body) => {
        this.#receive(link, name, body);
        return 1;
      },
      onClosed: (link, reason, detail) => {
        this.#closed(link, reason, detail);
      },
    };
  }

  get all(): readonly Stranger[] {
    return [...this.#links.values()].map(({ stranger }) => stranger);
  }

  /** See `Bus.meet`. */
  meet(address: BusAddress): boolean {
    const { selfId, secret, steadyMs, endings, callbacks } = this.#options;
    const name = nameOf(address);
    const isThere = this.all.some(
      ({ dialled }) => dialled !== undefined && nameOf(dialled) === name,
    );
    if (isThere || this.#dials.has(name)) return true;
    if (this.#isClosed || this.#dials.size + this.#countOf("to") >= STRANGERS_MAX) return false;
    const dial = new PendingLink({
      socket: connect({ ...address, noDelay: true }),
      steadyMs: steadyMs(),
      handshake: new DiallerHandshake({
        secret,
        kind: "meet",
        selfId: selfId(),
        peerId: undefined,
        nonce: randomBytes(NONCE_BYTES),
      }),
      events: {
        onSession: (socket, session) => {
          this.#dials.delete(name);
          this.#up(socket, session, address);
        },
        onFailed: (reason, detail) => {
          this.#dials.delete(name);
          endings.count(reason, { peer: name, kind: "meet", detail });
          callbacks.onMeetFailed?.(address, reason);
        },
      },
    });
    this.#dials.set(name, dial);
    return true;
  }

  /** Asked before the handshake goes on. Our own id is answered, so that whoever dialled itself learns it. */
  refusal(nodeId: string): BusFault | undefined {
    const { selfId, callbacks } = this.#options;
    if (callbacks.mayJoin === undefined) return "unknown-peer";
    return nodeId === selfId() || callbacks.mayJoin(nodeId) ? undefined : "not-welcome";
  }

  accepted(socket: Socket, session: Session): void {
    this.#up(socket, session, undefined);
  }

  /** On a link that we dialled, if there is one. False: there is none. */
  send(nodeId: string, name: PlainFrameName, plain: unknown): boolean {
    const links = [...this.#links.keys()].filter(({ peerId }) => peerId === nodeId);
    const link = links.find(({ direction }) => direction === "to") ?? links[0];
    if (link === undefined || !travelsOn(name, link.kind)) return false;
    link.send(name, frameBody(packPlain(plain)), 1);
    if (link.queuedBytes > CONTROL_QUEUED_BYTES_MAX) link.close("control-queue");
    return true;
  }

  dismiss(nodeId: string): void {
    for (const link of [...this.#links.keys()]) {
      if (link.peerId === nodeId) link.close("unwanted");
    }
  }

  /** `listeningSinceMs`: silence before that may be our own. */
  tick(options: { readonly steadyMs: number; readonly listeningSinceMs: number }): void {
    const { steadyMs, listeningSinceMs } = options;
    for (const dial of this.#dials.values()) dial.expire(steadyMs);
    for (const [link, { heardAtSteadyMs }] of [...this.#links]) {
      const silentMs = steadyMs - Math.max(heardAtSteadyMs, listeningSinceMs);
      if (silentMs >= STRANGER_SILENCE_MS) link.close("silent");
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    for (const dial of [...this.#dials.values()]) dial.fail("shutdown");
    await finishLinks([...this.#links.keys()]);
    for (const link of [...this.#links.keys()]) link.close("shutdown");
  }

  #countOf(direction: LinkDirection): number {
    return this.all.filter((stranger) => stranger.direction === direction).length;
  }

  #up(socket: Socket, session: Session, dialled: BusAddress | undefined): void {
    const { nowMs, steadyMs, counters, logger, callbacks } = this.#options;
    const direction = dialled === undefined ? "from" : "to";
    const { peerId: nodeId } = session;
    const link = new Link({
      socket,
      session,
      direction,
      createdAtMs: nowMs(),
      counters,
      events: this.#linkEvents,
    });
    for (const known of [...this.#links.keys()]) {
      if (known.peerId === nodeId && known.direction === direction) known.close("replaced");
    }
    if (direction === "from" && this.#countOf("from") >= STRANGERS_MAX) {
      link.close("too-many-strangers");
      return;
    }
    const stranger: Stranger = {
      nodeId,
      direction,
      dialled,
      remoteHost: plainHost(socket.remoteAddress),
      localHost: plainHost(socket.localAddress),
    };
    this.#links.set(link, { stranger, heardAtSteadyMs: steadyMs() });
    logger.debug({ peer: nodeId, kind: link.kind, direction }, "bus link up");
    callbacks.onStrangerUp?.(stranger);
    link.start(session.rest);
  }

  #receive(link: Link, name: FrameName, body: Buffer): void {
    const acquaintance = this.#links.get(link);
    if (acquaintance === undefined || !isPlainFrame(name)) return;
    const plain = unpackPlain(body);
    acquaintance.heardAtSteadyMs = this.#options.steadyMs();
    this.#options.callbacks.onStranger?.(acquaintance.stranger, name, plain);
  }

  #closed(link: Link, reason: CloseReason, detail: string | undefined): void {
    const { peerId, kind, direction } = link;
    this.#options.endings.count(reason, { peer: peerId, kind, direction, detail });
    const acquaintance = this.#links.get(link);
    if (acquaintance === undefined) return;
    this.#links.delete(link);
    this.#options.callbacks.onStrangerDown?.(acquaintance.stranger, reason);
  }
}

function nameOf({ host, port }: BusAddress): string {
  return `${host}:${port}`;
}

/** A socket that takes both families shows IPv4 addresses as IPv6 ones. */
function plainHost(address: string | undefined): string {
  return address?.replace(/^::ffff:(?=\d+\.)/, "") ?? "";
}
