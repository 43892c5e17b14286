import { once } from "node:events";
import { Worker } from "node:worker_threads";
import type { Entry, Journal } from "./journal.ts";
import type { ProbeEvent, ProbeTask } from "./probe-thread.ts";
import type { ServerProcess } from "./server-process.ts";

/** A write of the probe that was acknowledged, and by whom. */
export interface ProbedWrite {
  readonly port: number;
  readonly atMs: number;
}

/**
 * Writes to all nodes of a shard, as fast as one after the other allows, and notes who acknowledges when. It follows
 * no redirection and waits for no reconnection delay, and runs in a thread of its own: it sees what the cluster takes,
 * not what client libraries add, nor what they are busy with meanwhile. Its writes are in the journal as everybody's.
 * Ends with its `await using` block.
 */
export class ShardProbe implements AsyncDisposable {
  readonly #journal: Journal;
  readonly #key: string;
  readonly #writes: ProbedWrite[] = [];
  readonly #open = new Map<number, Entry>();
  readonly #thread: Worker;

  constructor(options: {
    readonly journal: Journal;
    readonly key: string;
    readonly nodes: readonly ServerProcess[];
  }) {
    this.#journal = options.journal;
    this.#key = options.key;
    const task: ProbeTask = { key: options.key, ports: options.nodes.map(({ port }) => port) };
    this.#thread = new Worker(new URL("probe-thread.ts", import.meta.url), { workerData: task });
    this.#thread.on("message", (event: ProbeEvent) => {
      this.#noted(event);
    });
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
    const ended = once(this.#thread, "exit");
    this.#thread.postMessage("stop");
    await ended;
  }

  #noted(event: ProbeEvent): void {
    const atMs = event.atMs - performance.timeOrigin;
    if (event.what === "sent") {
      const what = { kind: "count", key: this.#key, value: "", client: "probe" } as const;
      this.#open.set(event.id, this.#journal.sent(what, atMs));
      return;
    }
    const entry = this.#open.get(event.id);
    if (entry === undefined) return;
    this.#open.delete(event.id);
    const { ending, port } = event;
    const unansweredAttempts = ending.outcome === "unknown" ? 1 : 0;
    this.#journal.ended(entry, { ...ending, unansweredAttempts }, atMs);
    if (ending.outcome === "acknowledged") this.#writes.push({ port, atMs });
  }
}
