import { once } from "node:events";
import { connect, type Socket } from "node:net";

/** A connection that keeps everything it received, as a binary string. */
export class RecordedConnection {
  received = "";
  isClosed = false;
  /** Sent and not seen in `received` yet: the connection is blocked, or busy. */
  awaited: string | undefined;
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

  /** Sends `bytes`, which end in a command whose reply will contain `marker`. */
  send(bytes: string, marker: string): void {
    this.awaited = marker;
    this.#socket.write(bytes, "latin1");
  }

  get hasAnswered(): boolean {
    if (this.awaited === undefined || this.isClosed) return true;
    if (!this.received.includes(this.awaited)) return false;
    this.awaited = undefined;
    return true;
  }

  /** Resolves with `hasAnswered`: when it becomes true, or else after `withinMs`. */
  async answered(withinMs: number): Promise<boolean> {
    const giveUpAtMs = performance.now() + withinMs;
    while (!this.hasAnswered) {
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
