import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { createServer, type Server, type Socket } from "node:net";
import type { BusLogger } from "./bus-logger.ts";
import type { BusFault } from "./bus-protocol-error.ts";
import type { LinkKind } from "./frame-types.ts";
import { AcceptorHandshake, NONCE_BYTES, type Session } from "./handshake.ts";
import { PENDING_HANDSHAKES_MAX } from "./limits.ts";
import type { LinkEndings } from "./link-endings.ts";
import type { BusAddress } from "./outbound-link.ts";
import { PendingLink } from "./pending-link.ts";

export interface BusListenerOptions {
  readonly selfId: () => string;
  readonly secret: Buffer;
  readonly logger: BusLogger;
  readonly endings: LinkEndings;
  /** Never steps. */
  readonly steadyMs: () => number;
  /** Why a node may not have such a link; undefined: it may, once it has proved the secret. */
  readonly refusal: (nodeId: string, kind: LinkKind) => BusFault | undefined;
  /** Authenticated: the socket is the receiver's now. */
  readonly onSession: (socket: Socket, session: Session) => void;
}

/** The door of the bus: accepts connections, and lets through who proves the secret in time. */
export class BusListener {
  readonly #options: BusListenerOptions;
  readonly #server: Server;
  /** Accepted and not authenticated. */
  readonly #pending = new Set<PendingLink>();

  constructor(options: BusListenerOptions) {
    this.#options = options;
    this.#server = createServer((socket) => {
      this.#accept(socket);
    });
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

  tick(steadyMs: number): void {
    for (const pending of this.#pending) pending.expire(steadyMs);
  }

  /** Lets nobody in any more. Resolves when all connections that were accepted here are gone, links included. */
  async close(): Promise<void> {
    const hasClosed = new Promise<void>((resolve) => {
      this.#server.close(() => {
        resolve();
      });
    });
    for (const pending of this.#pending) pending.fail("shutdown");
    await hasClosed;
  }

  #accept(socket: Socket): void {
    const { endings, refusal, secret, selfId, steadyMs, onSession } = this.#options;
    if (this.#pending.size >= PENDING_HANDSHAKES_MAX) {
      const peer = socket.remoteAddress;
      socket.destroy();
      endings.count("too-many-handshakes", { peer });
      return;
    }
    const pending: PendingLink = new PendingLink({
      socket,
      steadyMs: steadyMs(),
      handshake: new AcceptorHandshake({
        secret,
        selfId: selfId(),
        nonce: randomBytes(NONCE_BYTES),
        refusal,
      }),
      events: {
        onSession: (ready, session) => {
          this.#pending.delete(pending);
          onSession(ready, session);
        },
        onFailed: (reason, detail) => {
          this.#pending.delete(pending);
          endings.count(reason, { peer: pending.claimedName, detail });
        },
      },
    });
    this.#pending.add(pending);
  }
}
