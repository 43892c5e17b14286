import type { Socket } from "node:net";
import { BusProtocolError } from "./bus-protocol-error.ts";
import { count, type BusCounters, type CloseReason } from "./bus-stats.ts";
import { FrameOpener, FrameSealer, headBytesOf, type FrameBody } from "./frame-codec.ts";
import type { FrameName, LinkKind, LinkSide } from "./frame-types.ts";
import type { Session } from "./handshake.ts";
import { BULK_KEEPALIVE_MS, FRAME_JOIN_BYTES_MAX } from "./limits.ts";

/** As CLUSTER LINKS says it: `to` the peer that we dialled, `from` the peer that dialled us. */
export type LinkDirection = "to" | "from";

export interface LinkEvents {
  /** A verified frame; `body` is valid during the call. Returns how many messages it carried. */
  onFrame(link: Link, name: FrameName, body: Buffer): number;
  /** The queue was long, and has left. */
  onDrain?(link: Link): void;
  /** Once, whoever closed it. */
  onClosed(link: Link, reason: CloseReason, detail: string | undefined): void;
}

/**
 * One authenticated TCP connection of the bus: frames in, frames out. Owner: the Mesh.
 *
 * It queues without limit: who sends looks at `queuedBytes` first, because what to do then differs (drop a
 * batch, close a control link).
 */
export class Link {
  readonly peerId: string;
  readonly kind: LinkKind;
  readonly direction: LinkDirection;
  /** Unix time. */
  readonly createdAtMs: number;
  readonly #socket: Socket;
  readonly #sealer: FrameSealer;
  readonly #opener: FrameOpener;
  readonly #counters: BusCounters;
  readonly #events: LinkEvents;
  #isClosed = false;

  constructor(options: {
    readonly socket: Socket;
    readonly session: Session;
    readonly direction: LinkDirection;
    readonly createdAtMs: number;
    readonly counters: BusCounters;
    readonly events: LinkEvents;
  }) {
    const { socket, session, direction } = options;
    this.peerId = session.peerId;
    this.kind = session.kind;
    this.direction = direction;
    this.createdAtMs = options.createdAtMs;
    this.#socket = socket;
    this.#counters = options.counters;
    this.#events = options.events;
    this.#sealer = new FrameSealer(session.sendKey);
    const from: LinkSide = direction === "to" ? "acceptor" : "dialler";
    this.#opener = new FrameOpener(session.receiveKey, { kind: this.kind, from });
  }

  /** Begins to read; `rest` is what came behind the handshake. Call it when `onFrame` may be called. */
  start(rest: Buffer): void {
    const socket = this.#socket;
    // Batches are made by the turn, not by Nagle; with him a pong would wait for the next ping.
    socket.setNoDelay(true);
    if (this.kind === "flood" || this.kind === "data") {
      socket.setKeepAlive(true, BULK_KEEPALIVE_MS);
    }
    let failure: string | undefined;
    socket.on("error", (error) => {
      failure = error.message;
    });
    socket.on("close", () => {
      this.close("peer-closed", failure);
    });
    socket.on("data", (chunk) => {
      this.#receive(chunk);
    });
    socket.on("drain", () => {
      if (!this.#isClosed) this.#events.onDrain?.(this);
    });
    if (rest.length > 0) this.#receive(rest);
  }

  /** Written and not yet taken by the kernel: what a peer that does not read leaves with us. */
  get queuedBytes(): number {
    return this.#socket.writableLength;
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** Reads no more: the peer's queue grows instead of ours. What was read already still comes: a chunk at most. */
  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  /** One write for the whole frame. `messages` is what the counters count. */
  send(name: FrameName, body: FrameBody, messages: number): void {
    if (this.#isClosed) return;
    const headBytes = headBytesOf(body.sizeBytes);
    const frameBytes = headBytes + body.sizeBytes;
    if (body.sizeBytes <= FRAME_JOIN_BYTES_MAX) {
      const frame = Buffer.allocUnsafe(frameBytes);
      this.#sealer.seal(name, body, frame);
      let at = headBytes;
      for (const part of body.parts) at += part.copy(frame, at);
      this.#socket.write(frame);
    } else {
      const head = Buffer.allocUnsafe(headBytes);
      this.#sealer.seal(name, body, head);
      this.#socket.cork();
      this.#socket.write(head);
      for (const part of body.parts) this.#socket.write(part);
      this.#socket.uncork();
    }
    count(this.#counters.sent[name], messages, frameBytes);
  }

  /** At once; what is queued is lost. */
  close(reason: CloseReason, detail?: string): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#socket.destroy();
    this.#events.onClosed(this, reason, detail);
  }

  /** Lets what is queued leave first. Resolves when the connection is gone; `close` hurries it. */
  async finish(): Promise<void> {
    if (this.#socket.closed) return;
    await new Promise<void>((resolve) => {
      this.#socket.once("close", () => {
        resolve();
      });
      this.#socket.end();
    });
  }

  readonly #onFrame = (name: FrameName, body: Buffer): boolean => {
    const messages = this.#events.onFrame(this, name, body);
    count(this.#counters.received[name], messages, headBytesOf(body.length) + body.length);
    return !this.#isClosed;
  };

  #receive(chunk: Buffer): void {
    if (this.#isClosed) return;
    try {
      this.#opener.push(chunk, this.#onFrame);
    } catch (error) {
      if (!(error instanceof BusProtocolError)) throw error;
      this.close(error.fault, error.message);
    }
  }
}
