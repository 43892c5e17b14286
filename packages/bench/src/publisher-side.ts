import { LatencyHistogram } from "./latency-histogram.ts";
import {
  OPEN_LOOP_BUFFERED_BYTES_MAX,
  OPEN_LOOP_TICK_US_MAX,
  OPEN_LOOP_TICK_US_MIN,
  OPEN_LOOP_WRITE_BYTES_MAX,
  UNDELIVERED_POLL_MS,
  UNDELIVERED_STALL_MS,
} from "./limits.ts";
import { LoadCounters } from "./load-counters.ts";
import { MODE_WORDS } from "./mode.ts";
import { Publisher } from "./publisher.ts";
import { ThreadLoadMeter } from "./thread-load-meter.ts";
import type { LoadOrder, LoadReport, LoadSide, Pace, PublishTask } from "./thread-messages.ts";

type OpenPace = Extract<Pace, { kind: "open" }>;

/** All publishers of one load thread, in one of two paces. */
export class PublisherSide implements LoadSide {
  readonly #task: PublishTask;
  readonly #nowUs: () => number;
  readonly #onFailure: (error: Error) => void;
  readonly #counters: LoadCounters;
  readonly #meter: ThreadLoadMeter;
  readonly #sendLag = new LatencyHistogram();
  /** Nobody ever wakes it: `Atomics.wait` on it is a sleep of microseconds, which timers cannot give. */
  readonly #sleepCell = new Int32Array(new SharedArrayBuffer(4));
  #publishers: readonly Publisher[] = [];
  #isPublishing = false;
  #waiting: Publisher[] = [];
  /** Deliveries given up as lost by the wait below, so that they do not block it for good. */
  #forgiven = 0;

  constructor(
    task: PublishTask,
    shell: { readonly nowUs: () => number; readonly onFailure: (error: Error) => void },
  ) {
    this.#task = task;
    this.#nowUs = shell.nowUs;
    this.#onFailure = shell.onFailure;
    this.#counters = new LoadCounters(task.threads, task.counters);
    this.#meter = new ThreadLoadMeter(shell.nowUs);
  }

  async open(): Promise<void> {
    const { publishers, channelNames, fanOut, nodes, password, mode, payloadBytes } = this.#task;
    this.#publishers = await Promise.all(
      publishers.map((plan) => {
        const address = nodes[plan.node];
        if (address === undefined) throw new RangeError("a publisher without a node");
        return Publisher.open({
          address,
          password,
          command: MODE_WORDS[mode].publish,
          channels: plan.channels.map((channel) => channelNames[channel] ?? ""),
          fanOut: plan.channels.map((channel) => fanOut[channel] ?? 0),
          payloadBytes,
          firstStream: plan.firstStream,
          onFailure: this.#onFailure,
        });
      }),
    );
  }

  async obey(order: LoadOrder): Promise<LoadReport> {
    switch (order.order) {
      case "start":
        this.#start(order.phase, order.pace);
        return { report: "started" };
      case "mark": {
        const lateUs = this.#sendLag.percentileUs(0.99) ?? 0;
        this.#sendLag.clear();
        return { report: "marked", load: this.#meter.mark(lateUs) };
      }
      case "stop":
        return this.#stop();
      case "check":
        throw new RangeError("publishers have nothing to check");
    }
  }

  #start(phase: number, pace: Pace): void {
    this.#isPublishing = true;
    for (const publisher of this.#publishers) publisher.startPhase(phase);
    if (pace.kind === "open") {
      this.#followSchedule(pace);
    } else {
      for (const publisher of this.#publishers) {
        publisher.onAllAnswered = () => this.#publishBatch(publisher);
        this.#publishBatch(publisher);
      }
    }
  }

  async #stop(): Promise<LoadReport> {
    this.#isPublishing = false;
    this.#waiting = [];
    await Promise.all(this.#publishers.map((publisher) => publisher.answered()));
    const published = new Uint32Array(this.#task.streamCount);
    for (const publisher of this.#publishers) publisher.addPublished(published);
    return { report: "stopped", published };
  }

  /** Closed loop: `pipeline` requests, all their replies, and again, as redis-benchmark does. */
  #publishBatch(publisher: Publisher): void {
    if (!this.#isPublishing) return;
    if (this.#owed() > this.#task.owedMax) {
      this.#waiting.push(publisher);
      if (this.#waiting.length === 1) this.#awaitDeliveries();
      return;
    }
    this.#count(publisher.publish(this.#task.pipeline, () => this.#nowUs()));
  }

  #owed(): number {
    return this.#counters.owed - this.#counters.delivered - this.#forgiven;
  }

  #awaitDeliveries(): void {
    let delivered = this.#counters.delivered;
    let deliveredAtUs = this.#nowUs();
    const timer = setInterval(() => {
      if (this.#counters.delivered !== delivered) {
        delivered = this.#counters.delivered;
        deliveredAtUs = this.#nowUs();
      } else if (this.#nowUs() - deliveredAtUs > UNDELIVERED_STALL_MS * 1_000) {
        this.#forgiven += this.#owed();
      }
      if (this.#isPublishing && this.#owed() > this.#task.owedMax) return;
      clearInterval(timer);
      for (const publisher of this.#waiting.splice(0)) this.#publishBatch(publisher);
    }, UNDELIVERED_POLL_MS);
  }

  /**
   * Open loop: message k of all publishers is due at start + k / rate, whatever the server does, and carries that
   * time. A late send or a slow server thus shows in the latency of every message it held up (no coordinated
   * omission: Gil Tene, "How NOT to measure latency").
   */
  #followSchedule(pace: OpenPace): void {
    const { thread, threads, publishersTotal } = this.#task;
    const intervalUs = (publishersTotal * 1_000_000) / pace.ratePerS;
    for (const [index, publisher] of this.#publishers.entries()) {
      publisher.onAllAnswered = undefined;
      const offsetUs = ((index * threads + thread) * 1_000_000) / pace.ratePerS;
      publisher.schedule({ startAtUs: pace.startAtUs + offsetUs, intervalUs });
    }
    const tick = (): void => {
      if (!this.#isPublishing) return;
      let dueAtUs = Infinity;
      for (const publisher of this.#publishers) {
        this.#publishDue(publisher);
        dueAtUs = Math.min(dueAtUs, publisher.dueAtUs);
      }
      const idleUs = Math.max(dueAtUs - this.#nowUs(), OPEN_LOOP_TICK_US_MIN);
      Atomics.wait(this.#sleepCell, 0, 0, Math.min(idleUs, OPEN_LOOP_TICK_US_MAX) / 1_000);
      setImmediate(tick);
    };
    tick();
  }

  #publishDue(publisher: Publisher): void {
    const nowUs = this.#nowUs();
    const lateUs = nowUs - publisher.dueAtUs;
    if (lateUs < 0 || publisher.bufferedBytes > OPEN_LOOP_BUFFERED_BYTES_MAX) return;
    this.#sendLag.record(lateUs);
    const messagesMax = Math.max(1, Math.floor(OPEN_LOOP_WRITE_BYTES_MAX / publisher.requestBytes));
    this.#count(publisher.publishUntil(nowUs, messagesMax));
  }

  #count(sent: { readonly messages: number; readonly owed: number }): void {
    this.#counters.addPublished(this.#task.thread, sent);
  }
}
