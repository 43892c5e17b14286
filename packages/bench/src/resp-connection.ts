import { connect, type Socket } from "node:net";
import RedisParser from "redis-parser";
import { BenchError } from "./bench-error.ts";
import { CONNECT_TIMEOUT_MS, READ_CHUNK_BYTES, REQUEST_TIMEOUT_MS } from "./limits.ts";

export interface NodeAddress {
  readonly host: string;
  readonly port: number;
}

export type Reply = string | number | null | Error | readonly Reply[];

/** Gets every chunk, valid only during the call. What it throws closes the connection and is the failure. */
export type OnChunk = (chunk: Uint8Array) => void;

interface PendingReply {
  readonly resolve: (reply: Reply) => void;
  readonly reject: (error: Error) => void;
}

export interface ConnectionOptions {
  readonly address: NodeAddress;
  readonly password: string | undefined;
  /** The connection ended without `close`. Not called before `open` has returned. */
  readonly onFailure?: (error: Error) => void;
}

/**
 * One RESP2 connection. It starts with requests and parsed replies; `takeOver` then hands all further bytes to a
 * scanner, since a parser that builds values costs more than the messages it reads.
 */
export class RespConnection {
  /** Reads of all connections of a thread happen one after another, so they can share the memory. */
  static readonly #chunk = Buffer.alloc(READ_CHUNK_BYTES);

  readonly address: NodeAddress;
  readonly #socket: Socket;
  readonly #onFailure: ((error: Error) => void) | undefined;
  readonly #pending: PendingReply[] = [];
  #onChunk: OnChunk;
  #failure: Error | undefined;
  #isOpen = false;
  #isClosed = false;

  private constructor(options: ConnectionOptions) {
    this.address = options.address;
    this.#onFailure = options.onFailure;
    this.#onChunk = this.#parsingReplies();
    this.#socket = connect({
      host: options.address.host,
      port: options.address.port,
      noDelay: true,
      onread: {
        buffer: RespConnection.#chunk,
        callback: (bytes, buffer) => {
          this.#read(buffer.subarray(0, bytes));
          return true;
        },
      },
    });
    this.#socket.on("error", (error) => this.#fail(error.message));
    this.#socket.on("close", () => this.#fail("the server closed the connection"));
  }

  /** Connected and, when there is a password, authenticated. */
  static async open(options: ConnectionOptions): Promise<RespConnection> {
    const connection = new RespConnection(options);
    try {
      await connection.#connected();
      if (options.password !== undefined) await connection.request(["AUTH", options.password]);
      connection.#isOpen = true;
    } catch (error) {
      connection.close();
      throw error;
    }
    return connection;
  }

  get name(): string {
    return nameOf(this.address);
  }

  /** Bytes written and not yet taken by the kernel. */
  get bufferedBytes(): number {
    return this.#socket.writableLength;
  }

  /** Rejects with a `BenchError` that quotes an error reply. */
  async request(args: readonly string[]): Promise<Reply> {
    const [reply] = await this.requestMany(args, 1);
    return reply ?? null;
  }

  /** For SUBSCRIBE, which answers once for each channel. */
  async requestMany(args: readonly string[], replies: number): Promise<Reply[]> {
    return this.#send(encodeRequest(args), { name: `${args[0]}`, replies });
  }

  /** Requests in one write, one reply each. */
  async requestAll(requests: readonly (readonly string[])[]): Promise<Reply[]> {
    const bytes = Buffer.concat(requests.map(encodeRequest));
    return this.#send(bytes, { name: `${requests[0]?.[0]}`, replies: requests.length });
  }

  /** Rejects with a `BenchError` when one of the replies is an error. `name`: how it calls the request. */
  async #send(
    bytes: Buffer,
    { name, replies }: { readonly name: string; readonly replies: number },
  ): Promise<Reply[]> {
    if (this.#failure !== undefined) throw this.#failure;
    const answers = Array.from(
      { length: replies },
      () => new Promise<Reply>((resolve, reject) => this.#pending.push({ resolve, reject })),
    );
    this.#socket.write(bytes);
    const timer = setTimeout(
      () => this.#fail(`no reply to ${name} after ${REQUEST_TIMEOUT_MS} ms`),
      REQUEST_TIMEOUT_MS,
    );
    try {
      const all = await Promise.all(answers);
      const error = all.find((reply) => reply instanceof Error);
      if (error !== undefined) {
        throw new BenchError(`${this.name} answered ${name} with: ${error.message}`);
      }
      return all;
    } finally {
      clearTimeout(timer);
    }
  }

  /** From here on `onChunk` gets all bytes. Only when no reply is awaited. */
  takeOver(onChunk: OnChunk): void {
    this.#onChunk = onChunk;
  }

  /** `bytes` must stay as they are until the server has answered them. */
  write(bytes: Uint8Array): void {
    this.#socket.write(bytes);
  }

  close(): void {
    this.#isClosed = true;
    this.#socket.destroy();
  }

  #connected(): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        reject(new BenchError(`${this.name}: no connection after ${CONNECT_TIMEOUT_MS} ms`));
      }, CONNECT_TIMEOUT_MS);
      this.#socket.once("connect", () => {
        clearTimeout(timer);
        resolve();
      });
      this.#socket.once("close", () => {
        clearTimeout(timer);
        reject(this.#failure ?? new BenchError(`${this.name}: closed`));
      });
    });
  }

  #parsingReplies(): OnChunk {
    const parser = new RedisParser({
      returnReply: (reply: Reply) => this.#pending.shift()?.resolve(reply),
      returnError: (error) => this.#pending.shift()?.resolve(error),
      returnFatalError: (error) => this.#fail(error.message),
    });
    // A copy: the parser keeps incomplete replies, and the chunk's memory is used again.
    return (chunk) => parser.execute(Buffer.from(chunk));
  }

  #read(chunk: Uint8Array): void {
    if (this.#failure !== undefined) return;
    try {
      this.#onChunk(chunk);
    } catch (error) {
      this.#fail(error instanceof Error ? error.message : String(error));
    }
  }

  #fail(reason: string): void {
    if (this.#isClosed || this.#failure !== undefined) return;
    const failure = new BenchError(`${this.name}: ${reason}`);
    this.#failure = failure;
    this.#socket.destroy();
    for (const { reject } of this.#pending.splice(0)) reject(failure);
    if (this.#isOpen) this.#onFailure?.(failure);
  }
}

function nameOf(address: NodeAddress): string {
  const { host, port } = address;
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}

/** Arguments are text a person typed or names we made: UTF-8. */
export function encodeRequest(args: readonly string[]): Buffer {
  const bulks = args.map((arg) => `$${Buffer.byteLength(arg)}\r\n${arg}\r\n`);
  return Buffer.from(`*${args.length}\r\n${bulks.join("")}`);
}
