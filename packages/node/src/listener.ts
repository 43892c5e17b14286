import { createServer, type Server, type Socket } from "node:net";
import { Connection, type ConnectionHost } from "./connection.ts";
import { readIntoSharedBuffer } from "./read-into-shared-buffer.ts";

/** What a listener hands its connections to. */
export interface ListenerHost {
  readonly connectionHost: ConnectionHost;
  takeId(): number;
  /** Registers it, or refuses it: then a farewell is written and the socket ends. */
  opened(connection: Connection): void;
  /** `buffer` holds `bytes` bytes, until this returns. */
  received(connection: Connection, buffer: Buffer, bytes: number): void;
  /** The client will send nothing more; it may still read. */
  ended(connection: Connection): void;
  closed(connection: Connection): void;
}

/** One address on which clients are accepted. `name` chooses the addresses that these clients are told. */
export interface ListenerOptions {
  readonly name: string;
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
  readonly backlog: number;
  /** Asked for each connection; 0: no keep-alive probes. */
  readonly keepAliveSeconds: () => number;
}

/** Accepts clients. `close` stops accepting; the connections are their owner's to end. */
export class Listener {
  readonly name: string;
  readonly #server: Server;
  readonly #options: ListenerOptions;

  constructor(options: ListenerOptions, host: ListenerHost) {
    this.name = options.name;
    this.#options = options;
    this.#server = createServer(
      {
        // A client that shut down its side still gets the replies to what it sent.
        allowHalfOpen: true,
        noDelay: true,
      },
      (socket) => {
        const keepAliveSeconds = options.keepAliveSeconds();
        if (keepAliveSeconds > 0) socket.setKeepAlive(true, keepAliveSeconds * 1000);
        accept(socket, options.name, host);
      },
    );
  }

  get port(): number {
    const address = this.#server.address();
    return typeof address === "object" && address !== null ? address.port : this.#options.port;
  }

  /** Rejects with the system's error: a used port, an address that is not ours. */
  async listen(): Promise<void> {
    const { host, port, backlog } = this.#options;
    await new Promise<void>((resolve, reject) => {
      this.#server.once("error", reject);
      // `::` alone: the IPv4 addresses are bound by a listener of their own.
      this.#server.listen({ host, port, backlog, ipv6Only: host.includes(":") }, () => {
        this.#server.off("error", reject);
        resolve();
      });
    });
  }

  async close(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#server.close(() => {
        resolve();
      });
    });
  }
}

function accept(accepted: Socket, listenerName: string, host: ListenerHost): void {
  const socket = readIntoSharedBuffer(accepted, (buffer, bytes) => {
    host.received(connection, buffer, bytes);
  });
  const connection = new Connection({
    id: host.takeId(),
    socket,
    host: host.connectionHost,
    listenerName,
    nowMs: Date.now(),
  });
  // A reset by the client is no news: `close` follows.
  socket.on("error", ignore);
  socket.on("close", () => {
    connection.isClosed = true;
    host.closed(connection);
  });
  socket.on("end", () => {
    host.ended(connection);
  });
  host.opened(connection);
}

function ignore(): void {}
