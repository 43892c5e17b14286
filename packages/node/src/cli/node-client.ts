import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { NODE_REPLY_BYTES_MAX } from "./limits.ts";
import { encodeRequest, ErrorReply, ReplyReader } from "./reply-reader.ts";

export interface NodeLogin {
  /** Empty: none. */
  readonly user: string;
  /** Empty: none. */
  readonly password: string;
}

/**
 * A connection of the command line to one node: one question at a time. Whatever is wrong with it (nobody listens, a
 * time-out, something else than RESP) rejects the question with an Error whose message is for the operator.
 */
export class NodeClient implements Disposable {
  readonly #socket: Socket;
  readonly #timeoutMs: number;
  readonly #replies = new ReplyReader();
  #waiting: PromiseWithResolvers<string | ErrorReply> | undefined;

  private constructor(socket: Socket, timeoutMs: number) {
    this.#socket = socket;
    this.#timeoutMs = timeoutMs;
    socket.on("data", (chunk: Buffer) => {
      this.#received(chunk);
    });
    socket.on("error", (error) => {
      this.#failed(error);
    });
    socket.on("close", () => {
      this.#failed(new Error("it closed the connection"));
    });
  }

  /** `timeoutMs`: for the connection, and for each reply. */
  static async connect(
    address: { readonly host: string; readonly port: number },
    options: { readonly login: NodeLogin; readonly timeoutMs: number },
  ): Promise<NodeClient> {
    const { login, timeoutMs } = options;
    const { host, port } = address;
    const socket = connect({ host, port, noDelay: true });
    try {
      await once(socket, "connect", { signal: AbortSignal.timeout(timeoutMs) });
    } catch (error) {
      socket.destroy();
      const isLate = error instanceof Error && error.name === "AbortError";
      throw isLate ? new Error(`no connection within ${timeoutMs} ms`, { cause: error }) : error;
    }
    const client = new NodeClient(socket, timeoutMs);
    if (login.password !== "") {
      const user = login.user === "" ? [] : [login.user];
      await client.ask(["AUTH", ...user, login.password]);
    }
    return client;
  }

  /** Rejects with an ErrorReply when the reply is one. */
  async ask(words: readonly string[]): Promise<string> {
    const waiting = Promise.withResolvers<string | ErrorReply>();
    this.#waiting = waiting;
    this.#socket.write(encodeRequest(words));
    const timer = setTimeout(() => {
      this.#failed(new Error(`no answer within ${this.#timeoutMs} ms`));
    }, this.#timeoutMs);
    try {
      const reply = await waiting.promise;
      if (reply instanceof ErrorReply) throw reply;
      return reply;
    } finally {
      clearTimeout(timer);
    }
  }

  [Symbol.dispose](): void {
    this.#socket.destroy();
  }

  #received(chunk: Buffer): void {
    this.#replies.push(chunk);
    try {
      if (this.#replies.waitingBytes > NODE_REPLY_BYTES_MAX) throw new Error("not a RESP server");
      const reply = this.#replies.take();
      if (reply === undefined) return;
      this.#waiting?.resolve(reply);
      this.#waiting = undefined;
    } catch (error) {
      this.#failed(error);
    }
  }

  #failed(error: unknown): void {
    this.#socket.destroy();
    this.#waiting?.reject(error);
    this.#waiting = undefined;
  }
}
