import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { decodeReply, Push, ReplyError, type Reply } from "./decode-reply.ts";
import { encodeRequest, type Argument } from "./encode-request.ts";
import { REPLY_WITHIN_MS } from "./limits.ts";
import { Mailbox } from "./mailbox.ts";
import { frameReply } from "./reply-framing.ts";

const CONFIRMATIONS = [
  ...["subscribe", "psubscribe", "ssubscribe"],
  ...["unsubscribe", "punsubscribe", "sunsubscribe"],
];
const MESSAGES = ["message", "pmessage", "smessage"];

/**
 * A client that shows what came over the wire: no reconnecting, no pool, replies as bytes or decoded. RESP2
 * until it sends HELLO 3. Ends with its `await using` block.
 *
 * In RESP2 a pushed message is an array like any other: from the first `subscribe` on, arrays that begin as
 * messages do are taken for pushes, so keep data that looks like them off that client.
 */
export class RespClient implements AsyncDisposable {
  readonly #socket: Socket;
  readonly #replies = new Mailbox<Buffer>("reply");
  readonly #confirmations = new Mailbox<readonly Reply[]>("confirmation of a subscription");
  readonly #messages = new Mailbox<readonly Reply[]>("pushed message");
  readonly #closed: Promise<void>;
  #chunks: Buffer[] = [];
  #chunksBytes = 0;
  #wantedBytes = 1;
  #mayGetPushes = false;

  private constructor(socket: Socket) {
    this.#socket = socket;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#closed = promise;
    socket.on("data", (chunk: Buffer) => {
      this.#received(chunk);
    });
    socket.on("error", ignore); // a reset; `close` follows
    socket.on("close", () => {
      this.#fail(new Error("the connection is closed"));
      resolve();
    });
  }

  /** Rejects when nobody answers in that time; without one, when the kernel gives up: after two minutes. */
  static async connect(
    port: number,
    host = "127.0.0.1",
    { withinMs }: { readonly withinMs?: number } = {},
  ): Promise<RespClient> {
    const socket = connect({ port, host, noDelay: true });
    const signal = withinMs === undefined ? undefined : AbortSignal.timeout(withinMs);
    try {
      await once(socket, "connect", { signal });
    } catch (error) {
      socket.destroy();
      throw error;
    }
    return new RespClient(socket);
  }

  get localPort(): number {
    return this.#socket.localPort ?? 0;
  }

  /** Messages that arrived and that `nextPush` did not return yet. */
  get pushesWaiting(): number {
    return this.#messages.size;
  }

  /** Sends a command and decodes its reply. Rejects with a ReplyError when the reply is one. */
  async call(...argv: readonly Argument[]): Promise<Reply> {
    const reply = decodeReply(await this.callRaw(...argv));
    if (reply instanceof ReplyError) throw reply;
    return reply;
  }

  /** As `call`, of a command that answers with text. Rejects when the reply is none. */
  async callText(...argv: readonly Argument[]): Promise<string> {
    const reply = await this.call(...argv);
    if (typeof reply !== "string") throw new TypeError(`${argv.join(" ")} answered no text`);
    return reply;
  }

  /** The reply's bytes. Calls that overlap are a pipeline: the replies find their callers. */
  async callRaw(...argv: readonly Argument[]): Promise<Buffer> {
    this.send(encodeRequest(argv));
    return this.#replies.take();
  }

  /** The next reply's bytes, for what `send` sent. */
  async nextReply(withinMs = REPLY_WITHIN_MS): Promise<Buffer> {
    return this.#replies.take(withinMs);
  }

  /**
   * Sends SUBSCRIBE or one of its kin. Resolves with the confirmations, one per name; UNSUBSCRIBE without
   * names: one, so take the others yourself or name them.
   */
  async subscribe(command: string, ...names: readonly Argument[]): Promise<(readonly Reply[])[]> {
    this.#mayGetPushes = true;
    this.send(encodeRequest([command, ...names]));
    const confirmations: (readonly Reply[])[] = [];
    for (let taken = 0; taken < Math.max(names.length, 1); taken += 1) {
      confirmations.push(await this.#confirmations.take());
    }
    return confirmations;
  }

  /** The next message: `["message", channel, payload]` and its kin. */
  async nextPush(withinMs = REPLY_WITHIN_MS): Promise<readonly Reply[]> {
    return this.#messages.take(withinMs);
  }

  /** The next confirmation that nobody asked for: of a shard channel that another shard has now. */
  async nextConfirmation(withinMs = REPLY_WITHIN_MS): Promise<readonly Reply[]> {
    return this.#confirmations.take(withinMs);
  }

  /** Bytes as they are, complete requests or not. */
  send(bytes: Buffer): void {
    this.#socket.write(bytes);
  }

  /** Stops reading, as a client does that is too slow; `resume` goes on. */
  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  /** Resolves when the connection is closed, by whichever side. */
  async untilClosed(): Promise<void> {
    await this.#closed;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#socket.destroy();
    await this.#closed;
  }

  #received(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#chunksBytes += chunk.length;
    if (this.#chunksBytes < this.#wantedBytes) return;
    const bytes = this.#chunks.length === 1 ? chunk : Buffer.concat(this.#chunks);
    let start = 0;
    this.#wantedBytes = 1;
    try {
      while (start < bytes.length) {
        const frame = frameReply(bytes, start);
        if (!frame.isComplete) {
          this.#wantedBytes = frame.bytes;
          break;
        }
        this.#sort(bytes.subarray(start, start + frame.bytes));
        start += frame.bytes;
      }
    } catch (error) {
      this.#fail(error instanceof Error ? error : new Error(String(error)));
      this.#socket.destroy();
    }
    this.#chunks = start < bytes.length ? [bytes.subarray(start)] : [];
    this.#chunksBytes = bytes.length - start;
  }

  #sort(frame: Buffer): void {
    const isPush = frame.latin1Slice(0, 1) === ">";
    if (!isPush && !(this.#mayGetPushes && frame.latin1Slice(0, 1) === "*")) {
      this.#replies.put(frame);
      return;
    }
    const decoded = decodeReply(frame);
    const parts = decoded instanceof Push ? decoded.parts : Array.isArray(decoded) ? decoded : [];
    const kind = String(parts[0]);
    if (CONFIRMATIONS.includes(kind)) this.#confirmations.put(parts);
    else if (isPush || MESSAGES.includes(kind)) this.#messages.put(parts);
    else this.#replies.put(frame);
  }

  #fail(error: Error): void {
    this.#replies.fail(error);
    this.#confirmations.fail(error);
    this.#messages.fail(error);
  }
}

function ignore(): void {}
