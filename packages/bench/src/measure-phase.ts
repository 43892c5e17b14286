import { addFaults, noFaults, type DeliveryFaults } from "./delivery-checker.ts";
import { LatencyHistogram } from "./latency-histogram.ts";
import { DRAIN_MS_MAX, DRAIN_POLL_MS, DRAIN_STALL_MS } from "./limits.ts";
import type { LoadGenerator } from "./load-generator.ts";
import { machineTimes, processCpuUs, type MachineTimes } from "./process-cpu.ts";
import type { Pace, ThreadLoad } from "./thread-messages.ts";
import { pause, waitUntil } from "./wait-until.ts";

export interface PhaseOptions {
  readonly load: LoadGenerator;
  /** 1–255: marks the messages. */
  readonly phase: number;
  /** Messages a second for an open loop; `undefined`: closed loop, as fast as deliveries arrive. */
  readonly ratePerS: number | undefined;
  /** Not measured, at the beginning. */
  readonly warmUpMs: number;
  readonly measureMs: number;
  /** Server processes on this machine; empty when they are not known. */
  readonly pids: readonly number[];
  readonly nowUs: () => number;
  readonly signal: AbortSignal;
}

export interface PhaseResult {
  readonly publishedPerS: number;
  readonly deliveredPerS: number;
  /** In the whole phase, warm-up included, and so are the faults. */
  readonly publishedTotal: number;
  readonly owedTotal: number;
  readonly faults: DeliveryFaults;
  readonly disconnected: number;
  readonly latency: LatencyHistogram;
  /** CPU time per delivery of each process of `pids`; `undefined` where it could not be read. */
  readonly cpuUsPerDelivery: readonly (number | undefined)[];
  /** The busiest load thread of each kind. */
  readonly publisherLoad: ThreadLoad;
  readonly subscriberLoad: ThreadLoad;
  /** Share of all cores, 0–1. */
  readonly machineBusyShare: number;
}

interface Moment {
  readonly atUs: number;
  readonly published: number;
  readonly delivered: number;
  readonly cpuUs: readonly (number | undefined)[];
  readonly machine: MachineTimes;
}

/** Warm-up, measurement, drain, check. The generator is idle again when it returns. */
export async function measurePhase(options: PhaseOptions): Promise<PhaseResult> {
  const { load, nowUs, warmUpMs, measureMs } = options;
  const signal = AbortSignal.any([options.signal, load.failed]);
  const before = { published: load.counters.published, owed: load.counters.owed };
  const startAtUs = nowUs();
  const pace: Pace =
    options.ratePerS === undefined
      ? { kind: "closed" }
      : { kind: "open", ratePerS: options.ratePerS, startAtUs };
  const recordFromUs = startAtUs + warmUpMs * 1_000;
  await load.startPhase({ order: "start", phase: options.phase, pace, recordFromUs });
  await pause(warmUpMs, signal);
  await load.mark();
  const from = look(options);
  await pause(measureMs, signal);
  const until = look(options);
  const threads = await load.mark();
  const published = await abortable(load.stopPublishing(), signal);
  await drain(load, signal);
  const checks = await load.check(published);
  const faults = noFaults();
  const latency = new LatencyHistogram();
  let disconnected = 0;
  for (const check of checks) {
    addFaults(faults, check.faults);
    latency.add(new LatencyHistogram(check.latencyCounts));
    disconnected += check.disconnected;
  }
  const seconds = (until.atUs - from.atUs) / 1_000_000;
  const delivered = until.delivered - from.delivered;
  return {
    publishedPerS: (until.published - from.published) / seconds,
    deliveredPerS: delivered / seconds,
    publishedTotal: load.counters.published - before.published,
    owedTotal: load.counters.owed - before.owed,
    faults,
    disconnected,
    latency,
    cpuUsPerDelivery: until.cpuUs.map((cpuUs, index) => {
      const earlier = from.cpuUs[index];
      return cpuUs === undefined || earlier === undefined || delivered === 0
        ? undefined
        : (cpuUs - earlier) / delivered;
    }),
    publisherLoad: busiest(threads.publishers),
    subscriberLoad: busiest(threads.subscribers),
    machineBusyShare: shareBetween(from.machine, until.machine),
  };
}

function look({ load, pids, nowUs }: PhaseOptions): Moment {
  return {
    atUs: nowUs(),
    published: load.counters.published,
    delivered: load.counters.delivered,
    cpuUs: pids.map(processCpuUs),
    machine: machineTimes(),
  };
}

function shareBetween(from: MachineTimes, until: MachineTimes): number {
  return (until.busyMs - from.busyMs) / Math.max(1, until.totalMs - from.totalMs);
}

function busiest(reports: readonly { readonly load: ThreadLoad }[]): ThreadLoad {
  return {
    cpuShare: Math.max(0, ...reports.map(({ load }) => load.cpuShare)),
    lateUs: Math.max(0, ...reports.map(({ load }) => load.lateUs)),
  };
}

/** What is on its way may arrive; what does not come is lost. */
async function drain(load: LoadGenerator, signal: AbortSignal): Promise<void> {
  const { counters } = load;
  let delivered = counters.delivered;
  let deliveredAtMs = performance.now();
  await waitUntil(
    () => {
      if (counters.delivered !== delivered) {
        delivered = counters.delivered;
        deliveredAtMs = performance.now();
      }
      return (
        counters.delivered >= counters.owed || performance.now() - deliveredAtMs > DRAIN_STALL_MS
      );
    },
    { pollMs: DRAIN_POLL_MS, deadlineMs: DRAIN_MS_MAX, signal },
  );
}

/** The promise, or the signal's reason, whichever is first. */
async function abortable<Value>(promise: Promise<Value>, signal: AbortSignal): Promise<Value> {
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const onAbort = (): void => reject(signal.reason);
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    signal.throwIfAborted();
    return await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}
