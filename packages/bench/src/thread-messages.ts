import type { DeliveryFaults } from "./delivery-checker.ts";
import type { PublisherPlan, SubscriberPlan } from "./load-plan.ts";
import type { Mode } from "./mode.ts";
import type { NodeAddress } from "./resp-connection.ts";

/** What every load thread is started with. */
interface CommonTask {
  /** Index among the threads of its kind, and their number. */
  readonly thread: number;
  readonly threads: number;
  readonly counters: SharedArrayBuffer;
  readonly nodes: readonly NodeAddress[];
  readonly password: string | undefined;
  readonly mode: Mode;
  readonly channelNames: readonly string[];
  readonly payloadBytes: number;
  readonly streamCount: number;
}

export interface PublishTask extends CommonTask {
  readonly role: "publish";
  readonly publishers: readonly PublisherPlan[];
  /** Of all threads together. */
  readonly publishersTotal: number;
  readonly fanOut: readonly number[];
  /** Requests each publisher keeps unanswered in the throughput phase. */
  readonly pipeline: number;
  /** Deliveries that may be owed before publishers wait, in the throughput phase. */
  readonly owedMax: number;
}

export interface SubscribeTask extends CommonTask {
  readonly role: "subscribe";
  readonly subscribers: readonly SubscriberPlan[];
}

export type LoadTask = PublishTask | SubscribeTask;

/** As fast as deliveries arrive, or at a rate that the server cannot influence. */
export type Pace =
  | { readonly kind: "closed" }
  | {
      readonly kind: "open";
      /** Messages a second of all publishers together. */
      readonly ratePerS: number;
      /** Monotonic microseconds at which the schedule begins. */
      readonly startAtUs: number;
    };

/** From the main thread. Each is answered by exactly one report. */
export type LoadOrder =
  | {
      readonly order: "start";
      readonly phase: number;
      readonly pace: Pace;
      readonly recordFromUs: number;
    }
  /** Now begins, and later ends, the time in which CPU use and lateness are measured. */
  | { readonly order: "mark" }
  /** Publishers stop sending and wait for the replies; subscribers only answer. */
  | { readonly order: "stop" }
  /** To subscribers after the last delivery: `published` by stream. */
  | { readonly order: "check"; readonly published: Uint32Array };

/** How hard a load thread worked between two marks. */
export interface ThreadLoad {
  /** Share of one core, 0–1. */
  readonly cpuShare: number;
  /** Subscribers: p99 of the event loop's lateness. Publishers, open loop: p99 of sending after schedule. */
  readonly lateUs: number;
}

export type LoadReport =
  | { readonly report: "ready" }
  | { readonly report: "started" }
  | { readonly report: "marked"; readonly load: ThreadLoad }
  | { readonly report: "stopped"; readonly published: Uint32Array }
  | {
      readonly report: "checked";
      readonly faults: DeliveryFaults;
      readonly latencyCounts: Uint32Array;
      /** Subscribers that the server disconnected, since the threads started. */
      readonly disconnected: number;
    }
  /** May come at any time and is the last. */
  | { readonly report: "failed"; readonly reason: string };

/** One side of the load in one thread. */
export interface LoadSide {
  open(): Promise<void>;
  obey(order: LoadOrder): Promise<LoadReport> | LoadReport;
}
