import type { BenchOptions } from "./bench-options.ts";
import type { BusTraffic } from "./bus-traffic.ts";
import type { ClusterUnderTest } from "./cluster-under-test.ts";
import { LoadGenerator } from "./load-generator.ts";
import { planLoad } from "./load-plan.ts";
import { measurePhase, type PhaseResult } from "./measure-phase.ts";
import type { Mode } from "./mode.ts";

export interface CellOptions {
  readonly cluster: ClusterUnderTest;
  readonly mode: Mode;
  readonly payloadBytes: number;
  /** `undefined`: the throughput phase. */
  readonly ratePerS: number | undefined;
  /** The first time that this cluster meets the mode: it is warmed up for longer. */
  readonly isCold: boolean;
  /** 1–255, another one than the cell before: what that one left behind is not counted here. */
  readonly phase: number;
  readonly options: BenchOptions;
  readonly nowUs: () => number;
  readonly signal: AbortSignal;
}

export interface CellResult {
  readonly phase: PhaseResult;
  /** `undefined` where there is no bus. */
  readonly busBytesPerMessage: number | undefined;
  readonly busSource: BusTraffic["source"];
}

/** Connections have grown their windows, and a load thread's code is compiled, after this share of the phase. */
const WARM_UP_SHARE = 1 / 3;
const WARM_UP_MS = { min: 300, max: 1_500 };
/** A server in JavaScript needs about as long until what a mode uses is compiled. */
const COLD_WARM_UP_MS = 2_000;

/** One phase of one mode on one cluster, with connections of its own. */
export async function measureCell(cell: CellOptions): Promise<CellResult> {
  const { cluster, mode, payloadBytes, options } = cell;
  const plan = planLoad({
    ...options,
    mode,
    nodes: cluster.nodes.length,
    ownerOf: (slot) => cluster.topology.owners[slot],
  });
  await cluster.useMode(mode);
  const messageBytes = (plan.channelNames[0]?.length ?? 0) + payloadBytes;
  const measureMs = options.seconds * 1_000;
  await using load = await LoadGenerator.start({
    plan,
    nodes: cluster.nodes,
    password: cluster.password,
    mode,
    payloadBytes,
    pipeline: options.pipeline,
    threads: options.threads,
  });
  const busBefore = await cluster.busTraffic(messageBytes);
  const phase = await measurePhase({
    load,
    phase: cell.phase,
    ratePerS: cell.ratePerS,
    warmUpMs: cell.isCold
      ? COLD_WARM_UP_MS
      : Math.max(WARM_UP_MS.min, Math.min(WARM_UP_MS.max, measureMs * WARM_UP_SHARE)),
    measureMs,
    pids: cluster.pids,
    nowUs: cell.nowUs,
    signal: cell.signal,
  });
  const busAfter = await cluster.busTraffic(messageBytes);
  const busBytes = busAfter.bytes - busBefore.bytes;
  return {
    phase,
    busBytesPerMessage:
      busAfter.source === "none" ? undefined : busBytes / Math.max(1, phase.publishedTotal),
    busSource: busAfter.source,
  };
}
