import { once } from "node:events";
import { connect, createServer, type AddressInfo, type Server, type Socket } from "node:net";
import type { Recordings } from "./recordings.ts";
import { TappedTalk } from "./tapped-talk.ts";

/** Who is in the middle decides about each connection before it is led on. */
export interface MiddleMan {
  /** The port to lead it to; undefined: he answers himself. */
  connected(dialler: Socket, ownPort: number): number | undefined;
  /** Led on; nothing was said yet. */
  talking(talk: TappedTalk): void;
}

/** A port in front of a node's bus: hears everything, and passes on what it likes. */
export class BusTap implements AsyncDisposable {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  constructor(options: {
    readonly busPort: number;
    readonly recordings: Recordings;
    readonly middleMan: MiddleMan;
  }) {
    const { busPort, recordings, middleMan } = options;
    this.#server = createServer({ noDelay: true }, (dialler) => {
      this.#follow(dialler);
      const port = middleMan.connected(dialler, busPort);
      if (port === undefined) return;
      const acceptor = connect({ port, host: "127.0.0.1", noDelay: true });
      this.#follow(acceptor);
      middleMan.talking(new TappedTalk({ dialler, acceptor, recording: recordings.begin() }));
    });
  }

  /** Resolves to its port. */
  async listen(): Promise<number> {
    this.#server.listen(0, "127.0.0.1");
    await once(this.#server, "listening");
    return (this.#server.address() as AddressInfo).port; // a TCP server that listens has one
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #follow(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on("error", () => socket.destroy());
    socket.on("close", () => this.#sockets.delete(socket));
  }
}
