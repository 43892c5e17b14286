import { monitorEventLoopDelay } from "node:perf_hooks";
import { addFaults, DeliveryChecker, noFaults } from "./delivery-checker.ts";
import { deliveryLayout, FrameScanner, UnexpectedFrameError } from "./frame-scanner.ts";
import { LatencyHistogram } from "./latency-histogram.ts";
import { LoadCounters } from "./load-counters.ts";
import type { SubscriberPlan } from "./load-plan.ts";
import { HEADER_BYTES, HEADER_MAGIC, readHeader, type MessageHeader } from "./message-header.ts";
import { MODE_WORDS } from "./mode.ts";
import { RespConnection } from "./resp-connection.ts";
import { ThreadLoadMeter } from "./thread-load-meter.ts";
import type { LoadOrder, LoadReport, LoadSide, SubscribeTask } from "./thread-messages.ts";

const LOOP_DELAY_RESOLUTION_MS = 10;

interface Subscriber {
  readonly connection: RespConnection;
  readonly checker: DeliveryChecker;
}

/** All subscribers of one load thread: receives, times and checks every delivery. */
export class SubscriberSide implements LoadSide {
  readonly #task: SubscribeTask;
  readonly #nowUs: () => number;
  readonly #onFailure: (error: Error) => void;
  readonly #counters: LoadCounters;
  readonly #latency = new LatencyHistogram();
  readonly #meter: ThreadLoadMeter;
  readonly #loopDelay = monitorEventLoopDelay({ resolution: LOOP_DELAY_RESOLUTION_MS });
  readonly #header: MessageHeader = { phase: 0, stream: 0, sequence: 0, sentAtUs: 0 };
  #subscribers: readonly Subscriber[] = [];
  #phase = 0;
  #recordFromUs = Infinity;
  #disconnected = 0;
  /** Of the chunk being scanned: when it arrived, and its deliveries of the current phase. */
  #chunkAtUs = 0;
  #chunkDeliveries = 0;

  constructor(
    task: SubscribeTask,
    shell: { readonly nowUs: () => number; readonly onFailure: (error: Error) => void },
  ) {
    this.#task = task;
    this.#nowUs = shell.nowUs;
    this.#onFailure = shell.onFailure;
    this.#counters = new LoadCounters(task.threads, task.counters);
    this.#meter = new ThreadLoadMeter(shell.nowUs);
  }

  async open(): Promise<void> {
    this.#subscribers = await Promise.all(
      this.#task.subscribers.map((plan) => this.#subscribe(plan)),
    );
    this.#loopDelay.enable();
  }

  obey(order: LoadOrder): LoadReport {
    switch (order.order) {
      case "start":
        this.#phase = order.phase;
        this.#recordFromUs = order.recordFromUs;
        this.#latency.clear();
        for (const { checker } of this.#subscribers) checker.restart();
        return { report: "started" };
      case "mark": {
        const lateUs = this.#loopDelay.percentile(99) / 1_000 - LOOP_DELAY_RESOLUTION_MS * 1_000;
        this.#loopDelay.reset();
        return { report: "marked", load: this.#meter.mark(Math.max(0, lateUs)) };
      }
      case "stop":
        return { report: "stopped", published: new Uint32Array(0) };
      case "check":
        return this.#check(order.published);
    }
  }

  #check(published: Uint32Array): LoadReport {
    const faults = noFaults();
    for (const { checker } of this.#subscribers) addFaults(faults, checker.faults(published));
    const latencyCounts = this.#latency.counts;
    return { report: "checked", faults, latencyCounts, disconnected: this.#disconnected };
  }

  async #subscribe(plan: SubscriberPlan): Promise<Subscriber> {
    const { nodes, password, channelNames, mode, payloadBytes, streamCount } = this.#task;
    const address = nodes[plan.node];
    if (address === undefined) throw new RangeError("a subscriber without a node");
    const names = plan.channels.map((channel) => channelNames[channel] ?? "");
    const words = MODE_WORDS[mode];
    const connection = await RespConnection.open({
      address,
      password,
      // A server may close a slow subscriber; that is a result, not an accident of the bench.
      onFailure: () => {
        this.#disconnected += 1;
      },
    });
    // One request for each: shard channels of one request would have to share a slot.
    await Promise.all(names.map((name) => connection.request([words.subscribe, name])));
    const checker = new DeliveryChecker({ streamCount, streams: plan.streams });
    const scanner = new FrameScanner(
      deliveryLayout({
        word: words.delivery,
        channelBytes: names[0]?.length ?? 0,
        payloadBytes,
      }),
      payloadBytes < HEADER_BYTES
        ? () => {
            this.#chunkDeliveries += 1;
          }
        : (frames, payloadAt) => this.#receive(checker, frames, payloadAt),
    );
    connection.takeOver((chunk) => this.#scan(scanner, chunk));
    return { connection, checker };
  }

  #scan(scanner: FrameScanner, chunk: Uint8Array): void {
    this.#chunkAtUs = this.#nowUs();
    this.#chunkDeliveries = 0;
    try {
      scanner.feed(chunk);
    } catch (error) {
      if (error instanceof UnexpectedFrameError) this.#onFailure(error);
      throw error;
    }
    this.#counters.addDelivered(this.#task.thread, this.#chunkDeliveries);
  }

  #receive(checker: DeliveryChecker, frames: Uint8Array, payloadAt: number): void {
    const header = this.#header;
    if (frames[payloadAt] !== HEADER_MAGIC) {
      throw new UnexpectedFrameError("a delivery whose payload this bench did not send");
    }
    readHeader(frames, payloadAt, header);
    if (header.phase !== this.#phase) return;
    this.#chunkDeliveries += 1;
    checker.receive(header);
    // By arrival: when a server is far behind, nothing scheduled after the warm-up may arrive at all.
    if (this.#chunkAtUs >= this.#recordFromUs) {
      this.#latency.record(this.#chunkAtUs - header.sentAtUs);
    }
  }
}
