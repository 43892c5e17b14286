import { addFaults, noFaults, type DeliveryFaults } from "./delivery-checker.ts";
import { LatencyHistogram } from "./latency-histogram.ts";
import {
  ACHIEVED_RATE_SHARE_MIN,
  GENERATOR_CPU_SHARE_MAX,
  GENERATOR_LOOP_DELAY_MS_MAX,
  GENERATOR_SEND_LAG_US_MAX,
  MACHINE_BUSY_SHARE_MAX,
} from "./limits.ts";
import type { CellResult } from "./measure-cell.ts";
import { median } from "./median.ts";
import { HEADER_BYTES } from "./message-header.ts";
import type { Mode } from "./mode.ts";

/** Explained in the help text. */
export type RowNote = "generator" | "machine-full" | "behind" | "disconnected" | "unchecked";

export interface LatencyPoint {
  /** 0–1. */
  readonly share: number;
  readonly latencyUs: number;
}

/** Which row: one server, one cluster size, one mode, one payload size. */
export interface RowKey {
  readonly server: string;
  readonly version: string;
  readonly nodes: number;
  readonly mode: Mode;
  readonly payloadBytes: number;
}

/** One line of the results: medians over the repeats, sums of faults. `undefined`: not measurable here. */
export interface ResultRow extends RowKey {
  readonly repeats: number;
  readonly publishedPerS: number;
  readonly publishedPerSMin: number;
  readonly publishedPerSMax: number;
  readonly deliveredPerS: number;
  /** Of the latency phase. */
  readonly ratePerS: number;
  readonly p50Us: number | undefined;
  readonly p99Us: number | undefined;
  readonly p999Us: number | undefined;
  /** Of all repeats together. */
  readonly latencyCurve: readonly LatencyPoint[];
  readonly busBytesPerMessage: number | undefined;
  readonly busBytesPerMessageAndLink: number | undefined;
  readonly busSource: CellResult["busSource"];
  /** By server process, and of all together; empty and `undefined` when the processes are not ours. */
  readonly cpuUsPerDelivery: readonly number[];
  readonly cpuUsPerDeliveryTotal: number | undefined;
  readonly publisherCpuShare: number;
  readonly subscriberCpuShare: number;
  readonly machineBusyShare: number;
  readonly faults: DeliveryFaults | undefined;
  readonly disconnected: number;
  readonly notes: readonly RowNote[];
}

/** One repeat of a row. */
export interface RowSample {
  readonly throughput: CellResult;
  readonly latency: CellResult;
  readonly ratePerS: number;
}

/** Percentiles of the curve: equal steps on an axis of log(1 / (1 - share)), down to one in 100,000. */
const CURVE_POINTS = 51;
const CURVE_NINES = 5;

export function makeResultRow(key: RowKey, samples: readonly RowSample[]): ResultRow {
  const throughput = samples.map((sample) => sample.throughput.phase);
  const latency = samples.map((sample) => sample.latency.phase);
  const published = throughput.map((phase) => phase.publishedPerS);
  const percentileUs = (share: number): number | undefined =>
    median(latency.map((phase) => phase.latency.percentileUs(share)).filter(isKnown));
  const busBytesPerMessage = median(
    samples.map((sample) => sample.throughput.busBytesPerMessage).filter(isKnown),
  );
  const cpuUsPerDelivery = cpuByProcess(samples);
  const phases = [...throughput, ...latency];
  return {
    ...key,
    repeats: samples.length,
    publishedPerS: median(published) ?? 0,
    publishedPerSMin: Math.min(...published),
    publishedPerSMax: Math.max(...published),
    deliveredPerS: median(throughput.map((phase) => phase.deliveredPerS)) ?? 0,
    ratePerS: samples[0]?.ratePerS ?? 0,
    p50Us: percentileUs(0.5),
    p99Us: percentileUs(0.99),
    p999Us: percentileUs(0.999),
    latencyCurve: curveOf(samples),
    busBytesPerMessage,
    busBytesPerMessageAndLink:
      busBytesPerMessage === undefined || key.nodes === 1
        ? undefined
        : busBytesPerMessage / (key.nodes - 1),
    busSource: samples[0]?.throughput.busSource ?? "none",
    cpuUsPerDelivery,
    cpuUsPerDeliveryTotal:
      cpuUsPerDelivery.length === 0
        ? undefined
        : cpuUsPerDelivery.reduce((sum, value) => sum + value, 0),
    publisherCpuShare: Math.max(...throughput.map((phase) => phase.publisherLoad.cpuShare)),
    subscriberCpuShare: Math.max(...throughput.map((phase) => phase.subscriberLoad.cpuShare)),
    machineBusyShare: median(throughput.map((phase) => phase.machineBusyShare)) ?? 0,
    faults: key.payloadBytes < HEADER_BYTES ? undefined : faultsOf(samples),
    disconnected: Math.max(...phases.map((phase) => phase.disconnected)),
    notes: key.payloadBytes < HEADER_BYTES ? [...notesOf(samples), "unchecked"] : notesOf(samples),
  };
}

function faultsOf(samples: readonly RowSample[]): DeliveryFaults {
  const sum = noFaults();
  for (const { throughput, latency } of samples) {
    addFaults(sum, throughput.phase.faults);
    addFaults(sum, latency.phase.faults);
  }
  return sum;
}

function cpuByProcess(samples: readonly RowSample[]): number[] {
  const processes = samples[0]?.throughput.phase.cpuUsPerDelivery ?? [];
  const medians = processes.map((_, process) =>
    median(
      samples.map((sample) => sample.throughput.phase.cpuUsPerDelivery[process]).filter(isKnown),
    ),
  );
  return medians.every(isKnown) ? medians : [];
}

function curveOf(samples: readonly RowSample[]): LatencyPoint[] {
  const all = new LatencyHistogram();
  for (const { latency } of samples) all.add(latency.phase.latency);
  const points: LatencyPoint[] = [];
  for (let index = 0; index < CURVE_POINTS; index += 1) {
    const nines = (index * CURVE_NINES) / (CURVE_POINTS - 1);
    const share = 1 - 10 ** -nines;
    const latencyUs = all.percentileUs(share);
    // Beyond one in `total` there is nothing to see but the maximum.
    if (latencyUs !== undefined && 10 ** nines <= all.total) points.push({ share, latencyUs });
  }
  return points;
}

function notesOf(samples: readonly RowSample[]): RowNote[] {
  const notes = new Set<RowNote>();
  for (const { throughput, latency, ratePerS } of samples) {
    const { publisherLoad, subscriberLoad, machineBusyShare } = throughput.phase;
    if (
      publisherLoad.cpuShare > GENERATOR_CPU_SHARE_MAX ||
      subscriberLoad.cpuShare > GENERATOR_CPU_SHARE_MAX ||
      subscriberLoad.lateUs > GENERATOR_LOOP_DELAY_MS_MAX * 1_000 ||
      latency.phase.subscriberLoad.lateUs > GENERATOR_LOOP_DELAY_MS_MAX * 1_000 ||
      latency.phase.publisherLoad.lateUs > GENERATOR_SEND_LAG_US_MAX
    ) {
      notes.add("generator");
    }
    if (machineBusyShare > MACHINE_BUSY_SHARE_MAX) notes.add("machine-full");
    if (latency.phase.publishedPerS < ratePerS * ACHIEVED_RATE_SHARE_MIN) notes.add("behind");
    if (throughput.phase.disconnected + latency.phase.disconnected > 0) notes.add("disconnected");
  }
  return [...notes];
}

function isKnown(value: number | undefined): value is number {
  return value !== undefined;
}
