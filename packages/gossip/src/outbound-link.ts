import { randomBytes } from "node:crypto";
import { connect, type Socket } from "node:net";
import type { CloseReason } from "./bus-stats.ts";
import type { PeerLinkKind } from "./frame-types.ts";
import { DiallerHandshake, NONCE_BYTES, type Session } from "./handshake.ts";
import { TICK_MS } from "./limits.ts";
import type { Link } from "./link.ts";
import { PendingLink } from "./pending-link.ts";
import { Redial } from "./redial.ts";

/**
 * Where a peer's bus listens. A name is looked up at each dial, so a peer may come back elsewhere. An empty host:
 * not known yet; it is not dialled, and may dial us.
 */
export interface BusAddress {
  readonly host: string;
  readonly port: number;
}

export interface OutboundOptions {
  readonly kind: PeerLinkKind;
  readonly selfId: string;
  readonly peerId: string;
  readonly address: BusAddress;
  readonly secret: Buffer;
  readonly random: () => number;
  /** Never steps. */
  readonly steadyMs: () => number;
  /** Makes the link, and starts it after it was stored here. */
  readonly makeLink: (socket: Socket, session: Session) => Link;
  readonly onUp: (link: Link) => void;
  readonly onFailed: (reason: CloseReason, detail: string | undefined) => void;
}

/** Keeps one link to one peer up: dials, shakes hands, and dials again after a pause when it is lost. */
export class OutboundLink {
  readonly #options: OutboundOptions;
  readonly #redial: Redial;
  #pending: PendingLink | undefined;
  #link: Link | undefined;
  #upSinceMs = 0;
  /** For a dial that is due before the next tick. */
  #timer: NodeJS.Timeout | undefined;
  #isStopped = false;

  constructor(options: OutboundOptions) {
    this.#options = options;
    this.#redial = new Redial(options.random);
  }

  /** Authenticated and not known to be lost. */
  get link(): Link | undefined {
    return this.#link;
  }

  tick(steadyMs: number): void {
    this.#pending?.expire(steadyMs);
    const isIdle = this.#pending === undefined && this.#link === undefined && !this.#isStopped;
    const { host } = this.#options.address;
    if (isIdle && host !== "" && this.#redial.isDue(steadyMs)) this.#dial(steadyMs);
  }

  /** The peer is there: do not wait out the pause. */
  hurry(): void {
    this.#redial.hurry();
    this.tick(this.#options.steadyMs());
  }

  /** The owner's answer to `Link.onClosed` for this link. */
  lost(): void {
    const nowMs = this.#options.steadyMs();
    this.#link = undefined;
    this.#redial.lost({ nowMs, livedMs: nowMs - this.#upSinceMs });
  }

  /** For good. */
  stop(reason: CloseReason): void {
    this.#isStopped = true;
    clearTimeout(this.#timer);
    this.#pending?.fail(reason);
    this.#link?.close(reason);
  }

  #dial(steadyMs: number): void {
    const { kind, selfId, peerId, secret, address } = this.#options;
    const socket = connect({ ...address, noDelay: true });
    this.#pending = new PendingLink({
      socket,
      steadyMs,
      handshake: new DiallerHandshake({
        secret,
        kind,
        selfId,
        peerId,
        nonce: randomBytes(NONCE_BYTES),
      }),
      events: {
        onSession: (ready, session) => {
          this.#up(ready, session);
        },
        onFailed: (reason, detail) => {
          this.#pending = undefined;
          this.#failed(reason);
          this.#options.onFailed(reason, detail);
        },
      },
    });
  }

  #failed(reason: CloseReason): void {
    const nowMs = this.#options.steadyMs();
    if (reason === "connect-refused") this.#redial.refused(nowMs);
    else this.#redial.failed(nowMs);
    const dueInMs = this.#redial.dueInMs(nowMs);
    if (this.#isStopped || dueInMs >= TICK_MS) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(
      () => {
        this.tick(this.#options.steadyMs());
      },
      Math.floor(dueInMs) + 1,
    );
  }

  #up(socket: Socket, session: Session): void {
    this.#pending = undefined;
    this.#upSinceMs = this.#options.steadyMs();
    const link = this.#options.makeLink(socket, session);
    this.#link = link;
    link.start(session.rest);
    this.#options.onUp(link);
  }
}
