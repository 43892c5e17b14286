import { randomBytes } from "node:crypto";
import { connect, type Socket } from "node:net";
import { frameBody, FrameOpener, FrameSealer, headBytesOf } from "./frame-codec.ts";
import type { FrameName, LinkKind } from "./frame-types.ts";
import { DiallerHandshake, NONCE_BYTES } from "./handshake.ts";
import { SECRET } from "./test-buses.ts";

/** For tests: a node that knows the secret and says what it likes. */
export class RawLink implements AsyncDisposable {
  readonly #socket: Socket;
  readonly #closed: Promise<void>;
  #sealer: FrameSealer | undefined;
  readonly received: FrameName[] = [];

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on("error", () => undefined);
    this.#closed = new Promise((resolve) => {
      socket.once("close", () => {
        resolve();
      });
    });
  }

  /** Resolves when the handshake is over, or refused: then `isUp` is false. */
  static async dial(options: {
    readonly port: number;
    readonly selfId: string;
    readonly kind: LinkKind;
    readonly secret?: Buffer;
  }): Promise<RawLink> {
    const socket = connect(options.port, "127.0.0.1");
    const link = new RawLink(socket);
    const handshake = new DiallerHandshake({
      secret: SECRET,
      ...options,
      peerId: undefined,
      nonce: randomBytes(NONCE_BYTES),
    });
    socket.write(handshake.hello);
    await new Promise<void>((resolve) => {
      socket.once("close", () => {
        resolve();
      });
      socket.on("data", function receive(chunk) {
        const { send, session } = handshake.receive(chunk);
        if (send !== undefined) socket.write(send);
        if (session === undefined) return;
        socket.off("data", receive);
        const opener = new FrameOpener(session.receiveKey, {
          kind: options.kind,
          from: "acceptor",
        });
        socket.on("data", (bytes) => {
          opener.push(bytes, (name) => link.received.push(name) > 0);
        });
        link.#sealer = new FrameSealer(session.sendKey);
        resolve();
      });
    });
    return link;
  }

  get isUp(): boolean {
    return this.#sealer !== undefined && !this.#socket.destroyed;
  }

  send(name: FrameName, body: Buffer): void {
    const head = Buffer.alloc(headBytesOf(body.length));
    this.#sealer?.seal(name, frameBody(body), head);
    this.#socket.write(Buffer.concat([head, body]));
  }

  /** Resolves when the other side has closed it. */
  async closed(): Promise<void> {
    await this.#closed;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#socket.destroy();
    await this.#closed;
  }
}
