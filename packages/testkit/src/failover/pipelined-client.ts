import { decodeReply, ReplyError } from "../decode-reply.ts";
import { encodeRequest } from "../encode-request.ts";
import type { RespClient } from "../resp-client.ts";
import type { Ending, Entry, Journal } from "./journal.ts";
import type { ServerProcess } from "./server-process.ts";
import type { ShardKeys } from "./shard-keys.ts";

interface PipelinedClientOptions {
  readonly node: ServerProcess;
  readonly journal: Journal;
  readonly keys: ShardKeys;
  /** No two have the same. */
  readonly name: string;
  /** Longer than its node will be stopped. */
  readonly replyWithinMs: number;
}

type Asked = Pick<Entry, "kind" | "key" | "value">;

/** What came of the requests of one client. */
export interface PipelinedCounts {
  answered: number;
  /** MOVED and other errors. */
  refused: number;
  /** The connection ended first. */
  unanswered: number;
}

/**
 * A client that sends without waiting for replies, to one node, whatever happens to that node: its requests wait in
 * the node's socket while the node is stopped. It reads and counts on the probe's counter, which goes on elsewhere,
 * and adds values to a list. Ends with its `await using` block.
 */
export class PipelinedClient implements AsyncDisposable {
  readonly counts: PipelinedCounts = { answered: 0, refused: 0, unanswered: 0 };
  readonly #journal: Journal;
  readonly #client: RespClient;
  readonly #keys: ShardKeys;
  readonly #name: string;
  readonly #replyWithinMs: number;
  readonly #waiting = new Set<Promise<void>>();
  #isClosed = false;
  #sentCount = 0;

  private constructor(
    client: RespClient,
    { journal, keys, name, replyWithinMs }: Omit<PipelinedClientOptions, "node">,
  ) {
    this.#client = client;
    this.#journal = journal;
    this.#keys = keys;
    this.#name = name;
    this.#replyWithinMs = replyWithinMs;
    void this.#noteClosing();
  }

  static async connect({ node, ...options }: PipelinedClientOptions): Promise<PipelinedClient> {
    return new PipelinedClient(await node.connect(), options);
  }

  /** A read, a count and a new value. Nothing when the connection has ended. */
  sendSome(): void {
    if (this.#isClosed) return;
    const { probe, list } = this.#keys;
    const value = `${this.#name}-${this.#sentCount}`;
    this.#sentCount += 1;
    this.#send({ kind: "look", key: probe, value: "" }, ["GET", probe]);
    this.#send({ kind: "count", key: probe, value: "" }, ["INCR", probe]);
    this.#send({ kind: "append", key: list, value }, ["RPUSH", list, value]);
  }

  /** Resolves when each request has an answer, or the connection has ended. */
  async drained(): Promise<void> {
    await Promise.all(this.#waiting);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#client[Symbol.asyncDispose]();
    await this.drained();
  }

  #send(what: Asked, argv: readonly string[]): void {
    const waiting = this.#ask(what, argv);
    this.#waiting.add(waiting);
    void waiting.finally(() => this.#waiting.delete(waiting));
  }

  async #noteClosing(): Promise<void> {
    await this.#client.untilClosed();
    this.#isClosed = true;
  }

  async #ask(what: Asked, argv: readonly string[]): Promise<void> {
    const entry = this.#journal.sent({ ...what, client: "pipelined" }, performance.now());
    const ending = await this.#endingOf(argv);
    this.#journal.ended(entry, ending, performance.now());
    if (ending.outcome === "acknowledged") this.counts.answered += 1;
    else if (ending.outcome === "refused") this.counts.refused += 1;
    else this.counts.unanswered += 1;
  }

  async #endingOf(argv: readonly string[]): Promise<Ending> {
    try {
      this.#client.send(encodeRequest(argv));
      const reply = decodeReply(await this.#client.nextReply(this.#replyWithinMs));
      if (reply instanceof ReplyError) {
        return { outcome: "refused", answer: null, unansweredAttempts: 0 };
      }
      return { outcome: "acknowledged", answer: Number(reply), unansweredAttempts: 0 };
    } catch {
      return { outcome: "unknown", answer: null, unansweredAttempts: 1 };
    }
  }
}
