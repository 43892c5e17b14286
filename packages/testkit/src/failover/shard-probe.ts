import { setTimeout as delay } from "node:timers/promises";
import { decodeReply, ReplyError } from "../decode-reply.ts";
import type { RespClient } from "../resp-client.ts";
import type { Ending, Journal } from "./journal.ts";
import { PROBE_EVERY_MS } from "./limits.ts";
import type { ServerProcess } from "./server-process.ts";

/** A write of the probe that was acknowledged, and by whom. */
export interface ProbedWrite {
  readonly port: number;
  readonly atMs: number;
}

/**
 * Writes to all nodes of a shard, as fast as one after the other allows, and notes who acknowledges when. It follows
 * no redirection and waits for no reconnection delay, so it sees what the cluster takes, not what a client library
 * adds. Its writes are in the journal as everybody's. Ends with its `await using` block.
 */
export class ShardProbe implements AsyncDisposable {
  readonly #journal: Journal;
  readonly #key: string;
  readonly #writes: ProbedWrite[] = [];
  readonly #loops: Promise<void>[];
  readonly #open = new Set<RespClient>();
  #isStopping = false;

  constructor(options: {
    readonly journal: Journal;
    readonly key: string;
    readonly nodes: readonly ServerProcess[];
  }) {
    this.#journal = options.journal;
    this.#key = options.key;
    this.#loops = options.nodes.map(async (node) => this.#probe(node));
  }

  /** In the order of time. */
  get writes(): readonly ProbedWrite[] {
    return this.#writes;
  }

  /** The longest time without an acknowledgement, from the first one to the last. */
  get longestPauseMs(): number {
    let longestMs = 0;
    for (const [index, { atMs }] of this.#writes.entries()) {
      longestMs = Math.max(longestMs, atMs - (this.#writes[index - 1]?.atMs ?? atMs));
    }
    return longestMs;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isStopping = true;
    for (const client of this.#open) void client[Symbol.asyncDispose]();
    await Promise.all(this.#loops);
  }

  async #probe(node: ServerProcess): Promise<void> {
    while (!this.#isStopping) {
      try {
        await using client = await node.connect();
        this.#open.add(client);
        while (!this.#isStopping) {
          await this.#write(client, node.port);
          await delay(PROBE_EVERY_MS);
        }
        this.#open.delete(client);
      } catch {
        await delay(PROBE_EVERY_MS); // refused, or closed
      }
    }
  }

  /** Throws when the connection is lost. */
  async #write(client: RespClient, port: number): Promise<void> {
    const what = { kind: "count", key: this.#key, value: "", client: "probe" } as const;
    const entry = this.#journal.sent(what, performance.now());
    const end = (ending: Omit<Ending, "unansweredAttempts">): void => {
      const unansweredAttempts = ending.outcome === "unknown" ? 1 : 0;
      this.#journal.ended(entry, { ...ending, unansweredAttempts }, performance.now());
    };
    try {
      const reply = decodeReply(await client.callRaw("INCR", this.#key));
      if (reply instanceof ReplyError) {
        end({ outcome: "refused", answer: null });
        return;
      }
      end({ outcome: "acknowledged", answer: Number(reply) });
      this.#writes.push({ port, atMs: performance.now() });
    } catch (error) {
      end({ outcome: "unknown", answer: null });
      throw error;
    }
  }
}
