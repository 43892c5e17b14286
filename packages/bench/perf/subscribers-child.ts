/**
 * A process with many subscribers that costs little: it counts bytes. The first frames that each subscriber gets
 * are compared in full; all frames have one length, so bytes tell messages. The parent checks that none is missing.
 */
import { setTimeout as delay } from "node:timers/promises";
import { deliveryLayout, FrameScanner, type DeliveryShape } from "../src/frame-scanner.ts";
import { DRAIN_MS_MAX, DRAIN_POLL_MS, DRAIN_STALL_MS } from "../src/limits.ts";
import { RespConnection, type NodeAddress } from "../src/resp-connection.ts";
import { answerQuestions } from "./answer-questions.ts";

export type SubscribersQuestion =
  | {
      readonly kind: "subscribe";
      readonly address: NodeAddress;
      /** By subscriber: its channels. */
      readonly subscriptions: readonly (readonly string[])[];
      readonly shape: DeliveryShape;
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
  /**
   * From `begin`, which is asked just before the publishers start, to the last delivery: a backlog that is
   * delivered in a burst at the end is no rate.
   */
  readonly deliveriesPerS: number;
  /** CPU of this process meanwhile, as a share of one core. */
  readonly cpuShare: number;
}

/** How exactly the time of the last delivery is known. */
const SAMPLE_MS = 5;
const AFTER_LAST_MS = 30;

/** Where a count stood at some moment. */
interface Mark {
  readonly atMs: number;
  readonly bytes: number;
  readonly cpuUs: number;
}

class Subscribers {
  #bytes = 0;
  #frameBytes = 1;
  #begin: Mark = this.#mark();
  /** When bytes were last seen to have arrived. */
  #last: Mark = this.#begin;
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

  #countingFrom(shape: DeliveryShape): (chunk: Uint8Array) => void {
    let verified = 0;
    const scanner = new FrameScanner(deliveryLayout(shape), () => (verified += 1));
    this.#frameBytes = scanner.frameBytes;
    return (chunk) => {
      this.#bytes += chunk.length;
      if (verified === 0) scanner.feed(chunk);
    };
  }

  begin(): void {
    clearInterval(this.#sampling);
    this.#bytes = 0;
    this.#begin = this.#mark();
    this.#last = this.#begin;
    this.#sampling = setInterval(() => this.#look(), SAMPLE_MS);
  }

  async finish(deliveries: number): Promise<SubscribersResult> {
    await this.#drained(deliveries * this.#frameBytes);
    clearInterval(this.#sampling);
    if (this.#failure !== undefined) throw this.#failure;
    const elapsedMs = this.#last.atMs - this.#begin.atMs;
    const received = this.#bytes / this.#frameBytes;
    return {
      deliveries: received,
      deliveriesPerS: (received / elapsedMs) * 1_000,
      cpuShare: (this.#last.cpuUs - this.#begin.cpuUs) / 1_000 / elapsedMs,
    };
  }

  async #drained(expectedBytes: number): Promise<void> {
    const startedAtMs = performance.now();
    while (this.#bytes < expectedBytes && this.#failure === undefined) {
      await delay(DRAIN_POLL_MS);
      const nowMs = performance.now();
      const silentMs = nowMs - Math.max(startedAtMs, this.#last.atMs);
      if (silentMs > DRAIN_STALL_MS || nowMs - startedAtMs > DRAIN_MS_MAX) return;
    }
    this.#look();
    // What should not come would come now.
    await delay(AFTER_LAST_MS);
  }

  #look(): void {
    if (this.#bytes !== this.#last.bytes) this.#last = this.#mark();
  }

  #mark(): Mark {
    const { user, system } = process.cpuUsage();
    return { atMs: performance.now(), bytes: this.#bytes, cpuUs: user + system };
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
