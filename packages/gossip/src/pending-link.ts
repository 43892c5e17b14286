import type { Socket } from "node:net";
import { BusProtocolError } from "./bus-protocol-error.ts";
import type { CloseReason } from "./bus-stats.ts";
import { AcceptorHandshake, DiallerHandshake, type Session } from "./handshake.ts";
import { HANDSHAKE_TIMEOUT_MS } from "./limits.ts";

export interface PendingEvents {
  /** The socket is the receiver's now, without listeners. */
  onSession(socket: Socket, session: Session): void;
  onFailed(reason: CloseReason, detail: string | undefined): void;
}

/**
 * A connection that is not authenticated yet. Holds at most the bytes of the handshake; exactly one of its
 * events is called, once.
 */
export class PendingLink {
  readonly #socket: Socket;
  readonly #handshake: DiallerHandshake | AcceptorHandshake;
  readonly #events: PendingEvents;
  readonly #deadlineMs: number;
  #isConnected: boolean;
  #hasHeard = false;
  #isOver = false;
  #failure: Error | undefined;

  /** `steadyMs` is a clock that never steps; `expire` must be asked with the same. */
  constructor(options: {
    readonly socket: Socket;
    readonly handshake: DiallerHandshake | AcceptorHandshake;
    readonly steadyMs: number;
    readonly events: PendingEvents;
  }) {
    const { socket, handshake } = options;
    this.#socket = socket;
    this.#handshake = handshake;
    this.#events = options.events;
    this.#deadlineMs = options.steadyMs + HANDSHAKE_TIMEOUT_MS;
    this.#isConnected = handshake instanceof AcceptorHandshake;
    if (handshake instanceof DiallerHandshake) {
      socket.once("connect", () => {
        this.#isConnected = true;
        socket.write(handshake.hello);
      });
    }
    socket.on("error", (error) => {
      this.#failure = error;
    });
    socket.on("close", () => {
      this.fail(this.#reasonOfClose(), this.#failure?.message);
    });
    socket.on("data", (chunk) => {
      this.#receive(chunk);
    });
  }

  /** What to call the other side in a log: the node id it claims, or its address. */
  get claimedName(): string {
    const claimed =
      this.#handshake instanceof AcceptorHandshake ? this.#handshake.claimedId : undefined;
    return claimed ?? this.#socket.remoteAddress ?? "unknown";
  }

  /** Ends it when its time is over. */
  expire(steadyMs: number): void {
    if (steadyMs >= this.#deadlineMs) this.fail("handshake-timeout");
  }

  fail(reason: CloseReason, detail?: string): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#socket.destroy();
    this.#events.onFailed(reason, detail);
  }

  #reasonOfClose(): CloseReason {
    if (!this.#isConnected) return isRefusal(this.#failure) ? "connect-refused" : "connect-failed";
    if (this.#handshake instanceof DiallerHandshake) {
      return this.#hasHeard ? "handshake-abandoned" : "unanswered";
    }
    if (this.#handshake.isFromSelf) return "own-id";
    // A stranger that says nothing is a port probe; one that got our answer did not like it.
    return this.#handshake.claimedId === undefined ? "peer-closed" : "handshake-abandoned";
  }

  #receive(chunk: Buffer): void {
    if (this.#isOver) return;
    this.#hasHeard = true;
    try {
      const { send, session } = this.#handshake.receive(chunk);
      if (send !== undefined) this.#socket.write(send);
      if (session === undefined) return;
      this.#isOver = true;
      for (const event of ["connect", "error", "close", "data"]) {
        this.#socket.removeAllListeners(event);
      }
      this.#events.onSession(this.#socket, session);
    } catch (error) {
      if (!(error instanceof BusProtocolError)) throw error;
      this.fail(error.fault, error.message);
    }
  }
}

/** The machine is there and nobody listens: on none of its addresses, when a name has several. */
function isRefusal(error: Error | undefined): boolean {
  if (error instanceof AggregateError) {
    return error.errors.every((each) => each instanceof Error && isRefusal(each));
  }
  return error !== undefined && "code" in error && error.code === "ECONNREFUSED";
}
