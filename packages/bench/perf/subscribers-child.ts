/**
 * A process with many subscribers that costs little: it counts bytes. The first frames that each subscriber gets
 * are compared in full; all frames have one length, so bytes tell messages. The parent checks that none is missing.
 */
import { setTimeout as delay } from "node:timers/promises";
import { FrameScanner, type FrameShape } from "../src/frame-scanner.ts";
import { DRAIN_MS_MAX, DRAIN_POLL_MS, DRAIN_STALL_MS } from "../src/limits.ts";
import { RespConnection, type NodeAddress } from "../src/resp-connection.ts";
import { answerQuestions } from "./answer-questions.ts";
import { DeliveryMeter } from "./delivery-meter.ts";

export type SubscribersQuestion =
  | {
      readonly kind: "subscribe";
      readonly address: NodeAddress;
      /** By subscriber: its channels. */
      readonly subscriptions: readonly (readonly string[])[];
      readonly shape: FrameShape;
    }
  /** Count from here. */
  | { readonly kind: "begin" }
  /** Resolves when so many have arrived, or no more come. */
  | { readonly kind: "finish"; readonly deliveries: number };

export interface SubscribersExchange {
  readonly question: SubscribersQuestion;
  readonly result: SubscribersResult;
}

export interface SubscribersResult {
  /** Since `begin`. */
  readonly deliveries: number;
  /** NaN when the flood was too short to tell. */
  readonly deliveriesPerS: number;
  /** CPU of this process meanwhile, as a share of one core. */
  readonly cpuShare: number;
}

const SAMPLE_MS = 10;
const AFTER_LAST_MS = 30;

class Subscribers {
  #bytes = 0;
  #frameBytes = 1;
  #meter = new DeliveryMeter();
  #failure: Error | undefined;
  #sampling: NodeJS.Timeout | undefined;

  async subscribe(question: SubscribersQuestion & { kind: "subscribe" }): Promise<void> {
    const { address, subscriptions, shape } = question;
    for (const channels of subscriptions) {
      const connection = await RespConnection.open({
        address,
        password: undefined,
        onFailure: (error) => {
          this.#failure ??= error;
        },
      });
      await connection.requestMany(["SUBSCRIBE", ...channels], channels.length);
      connection.takeOver(this.#countingFrom(shape));
    }
  }

  #countingFrom(shape: FrameShape): (chunk: Uint8Array) => void {
    let verified = 0;
    const scanner = new FrameScanner(shape, () => (verified += 1));
    this.#frameBytes = scanner.frameBytes;
    return (chunk) => {
      this.#bytes += chunk.length;
      if (verified === 0) scanner.feed(chunk);
    };
  }

  begin(): void {
    clearInterval(this.#sampling);
    this.#bytes = 0;
    this.#meter = new DeliveryMeter();
    this.#sample();
    this.#sampling = setInterval(() => this.#sample(), SAMPLE_MS);
  }

  async finish(deliveries: number): Promise<SubscribersResult> {
    const expectedBytes = deliveries * this.#frameBytes;
    await this.#drained(expectedBytes);
    clearInterval(this.#sampling);
    if (this.#failure !== undefined) throw this.#failure;
    const rate = this.#meter.rate(expectedBytes);
    return {
      deliveries: this.#bytes / this.#frameBytes,
      deliveriesPerS: rate === undefined ? Number.NaN : rate.bytesPerS / this.#frameBytes,
      cpuShare: rate?.cpuShare ?? Number.NaN,
    };
  }

  async #drained(expectedBytes: number): Promise<void> {
    const startedAtMs = performance.now();
    let seenBytes = this.#bytes;
    let progressAtMs = startedAtMs;
    while (this.#bytes < expectedBytes && this.#failure === undefined) {
      await delay(DRAIN_POLL_MS);
      const nowMs = performance.now();
      if (this.#bytes > seenBytes) progressAtMs = nowMs;
      seenBytes = this.#bytes;
      if (nowMs - progressAtMs > DRAIN_STALL_MS || nowMs - startedAtMs > DRAIN_MS_MAX) return;
    }
    this.#sample();
    // What should not come would come now.
    await delay(AFTER_LAST_MS);
  }

  #sample(): void {
    const { user, system } = process.cpuUsage();
    this.#meter.add({ atMs: performance.now(), bytes: this.#bytes, cpuUs: user + system });
  }
}

const NOTHING: SubscribersResult = { deliveries: 0, deliveriesPerS: 0, cpuShare: 0 };
const subscribers = new Subscribers();

answerQuestions<SubscribersExchange>(async (question) => {
  switch (question.kind) {
    case "subscribe":
      await subscribers.subscribe(question);
      return NOTHING;
    case "begin":
      subscribers.begin();
      return NOTHING;
    case "finish":
      return subscribers.finish(question.deliveries);
  }
});
