import { once } from "node:events";
import { connect, type Socket } from "node:net";

/** A connection that keeps everything it received, as a binary string. */
export class RecordedConnection {
  received = "";
  isClosed = false;
  /** By the server, too. */
  isForgotten = false;
  /** Blocked: nothing is sent to it meanwhile, but this marker when it is free. */
  parkedMarker: string | undefined;
  #awaited: string | undefined;
  readonly #socket: Socket;
  #wake: () => void = nothing;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.setEncoding("latin1");
    socket.on("data", (text: string) => {
      this.received += text;
      this.#wake();
    });
    socket.on("error", nothing); // `close` follows
    socket.on("close", () => {
      this.isClosed = true;
      this.#wake();
    });
  }

  static async connect(port: number): Promise<RecordedConnection> {
    const socket = connect({ port, host: "127.0.0.1", noDelay: true });
    await once(socket, "connect");
    return new RecordedConnection(socket);
  }

  send(bytes: string): void {
    this.#socket.write(bytes, "latin1");
  }

  /** Sends `bytes`, which end in a command whose reply will contain `marker`. */
  sendMarked(bytes: string, marker: string): void {
    this.#awaited = marker;
    this.send(bytes);
  }

  /** True when the marker came, or the connection was closed; false when neither did in time. */
  async answered(withinMs: number): Promise<boolean> {
    const giveUpAtMs = performance.now() + withinMs;
    while (!this.isClosed && !this.received.includes(this.#awaited ?? "")) {
      const leftMs = giveUpAtMs - performance.now();
      if (leftMs <= 0) return false;
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#wake = resolve;
      const timer = setTimeout(resolve, leftMs);
      await promise;
      clearTimeout(timer);
    }
    return true;
  }

  destroy(): void {
    this.#socket.destroy();
  }
}

function nothing(): void {}
