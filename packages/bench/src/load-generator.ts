import { Worker } from "node:worker_threads";
import { BenchError } from "./bench-error.ts";
import { UNDELIVERED_BYTES_MAX } from "./limits.ts";
import { LoadCounters } from "./load-counters.ts";
import type { LoadPlan } from "./load-plan.ts";
import type { Mode } from "./mode.ts";
import type { NodeAddress } from "./resp-connection.ts";
import type { LoadOrder, LoadReport, LoadTask } from "./thread-messages.ts";

export interface LoadGeneratorOptions {
  readonly plan: LoadPlan;
  readonly nodes: readonly NodeAddress[];
  readonly password: string | undefined;
  readonly mode: Mode;
  readonly payloadBytes: number;
  readonly pipeline: number;
  /** Threads of each kind. */
  readonly threads: number;
}

type Report<Kind extends LoadReport["report"]> = Extract<LoadReport, { report: Kind }>;

/** RESP2 framing of one delivery besides channel and payload, roughly: only bounds what is owed. */
const DELIVERY_OVERHEAD_BYTES = 40;

/** The load threads of one run of one mode: publishers and subscribers, connected and ready for phases. */
export class LoadGenerator implements AsyncDisposable {
  readonly counters: LoadCounters;
  /** Aborted, with the reason, when a load thread fails. */
  readonly failed: AbortSignal;
  readonly #publishers: readonly LoadThread[];
  readonly #subscribers: readonly LoadThread[];

  private constructor(options: LoadGeneratorOptions) {
    const { threads, plan, mode, payloadBytes, nodes, password } = options;
    const failure = new AbortController();
    this.failed = failure.signal;
    this.counters = new LoadCounters(threads);
    const { channelNames, streamCount, fanOut } = plan;
    const deliveryBytes = payloadBytes + (channelNames[0]?.length ?? 0) + DELIVERY_OVERHEAD_BYTES;
    const start = (kind: (thread: number) => LoadTask): LoadThread[] =>
      Array.from({ length: threads }, (_, thread) => new LoadThread(kind(thread), failure));
    const common = {
      threads,
      counters: this.counters.buffer,
      nodes,
      password,
      mode,
      channelNames,
      payloadBytes,
      streamCount,
    };
    this.#subscribers = start((thread) => ({
      ...common,
      role: "subscribe",
      thread,
      subscribers: plan.subscribers.filter((_, index) => index % threads === thread),
    }));
    this.#publishers = start((thread) => ({
      ...common,
      role: "publish",
      thread,
      publishers: plan.publishers.filter((_, index) => index % threads === thread),
      publishersTotal: plan.publishers.length,
      fanOut,
      pipeline: options.pipeline,
      owedMax: Math.floor(UNDELIVERED_BYTES_MAX / deliveryBytes),
    }));
  }

  /** Resolves when all publishers are connected and all subscriptions confirmed. */
  static async start(options: LoadGeneratorOptions): Promise<LoadGenerator> {
    const generator = new LoadGenerator(options);
    try {
      await Promise.all(generator.#all().map((thread) => thread.next("ready")));
      return generator;
    } catch (error) {
      await generator.close();
      throw error;
    }
  }

  /** Subscribers first: they have to know the phase before its first message arrives. */
  async startPhase(order: Extract<LoadOrder, { order: "start" }>): Promise<void> {
    await Promise.all(this.#subscribers.map((thread) => thread.ask(order, "started")));
    await Promise.all(this.#publishers.map((thread) => thread.ask(order, "started")));
  }

  /** The load of each thread since the last mark. */
  async mark(): Promise<{ publishers: Report<"marked">[]; subscribers: Report<"marked">[] }> {
    const [publishers, subscribers] = await Promise.all([
      Promise.all(this.#publishers.map((thread) => thread.ask({ order: "mark" }, "marked"))),
      Promise.all(this.#subscribers.map((thread) => thread.ask({ order: "mark" }, "marked"))),
    ]);
    return { publishers, subscribers };
  }

  /** Returns the messages published in this phase, by stream. */
  async stopPublishing(): Promise<Uint32Array> {
    const reports = await Promise.all(
      this.#publishers.map((thread) => thread.ask({ order: "stop" }, "stopped")),
    );
    const sum = new Uint32Array(reports[0]?.published.length ?? 0);
    for (const { published } of reports) {
      published.forEach((count, stream) => {
        sum[stream] = (sum[stream] ?? 0) + count;
      });
    }
    return sum;
  }

  async check(published: Uint32Array): Promise<Report<"checked">[]> {
    return Promise.all(
      this.#subscribers.map((thread) => thread.ask({ order: "check", published }, "checked")),
    );
  }

  async close(): Promise<void> {
    await Promise.all(this.#all().map((thread) => thread.close()));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #all(): LoadThread[] {
    return [...this.#subscribers, ...this.#publishers];
  }
}

/** A worker that answers every order with one report; a failure rejects the one awaited and all after it. */
class LoadThread {
  readonly #worker: Worker;
  readonly #failure: AbortController;
  #awaited: { resolve: (report: LoadReport) => void; reject: (error: unknown) => void } | undefined;

  constructor(task: LoadTask, failure: AbortController) {
    this.#failure = failure;
    this.#worker = new Worker(new URL("load-thread.ts", import.meta.url), { workerData: task });
    this.#worker.on("message", (report: LoadReport) => this.#take(report));
    this.#worker.on("error", (error) => this.#fail(error));
  }

  ask<Kind extends LoadReport["report"]>(order: LoadOrder, kind: Kind): Promise<Report<Kind>> {
    // Waits before it sends, so that no answer can come too early.
    const answer = this.next(kind);
    this.#worker.postMessage(order);
    return answer;
  }

  async next<Kind extends LoadReport["report"]>(kind: Kind): Promise<Report<Kind>> {
    this.#failure.signal.throwIfAborted();
    const report = await new Promise<LoadReport>((resolve, reject) => {
      this.#awaited = { resolve, reject };
    });
    if (!isReport(report, kind)) throw new Error(`a load thread reported ${report.report}`);
    return report;
  }

  async close(): Promise<void> {
    await this.#worker.terminate();
  }

  #take(report: LoadReport): void {
    if (report.report === "failed") {
      this.#fail(new BenchError(report.reason));
      return;
    }
    this.#awaited?.resolve(report);
    this.#awaited = undefined;
  }

  #fail(error: unknown): void {
    this.#failure.abort(error);
    this.#awaited?.reject(error);
    this.#awaited = undefined;
  }
}

function isReport<Kind extends LoadReport["report"]>(
  report: LoadReport,
  kind: Kind,
): report is Report<Kind> {
  return report.report === kind;
}
