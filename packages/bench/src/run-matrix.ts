import type { BenchOptions } from "./bench-options.ts";
import type { ClusterUnderTest } from "./cluster-under-test.ts";
import { DEFAULT_RATE_SHARE } from "./limits.ts";
import { measureCell, type CellResult } from "./measure-cell.ts";
import { PHASE_MAX } from "./message-header.ts";
import { MODE_WORDS, type Mode } from "./mode.ts";
import { makeResultRow, type ResultRow, type RowSample } from "./result-row.ts";

/** A server to measure: makes or opens its cluster. The one who calls `open` disposes of what it gets. */
export interface Subject {
  readonly label: string;
  /** Of a running cluster `nodes` is not asked for: it has as many as it has. */
  open(nodes: number): Promise<ClusterUnderTest>;
}

export interface MatrixOptions {
  readonly options: BenchOptions;
  readonly nodeCounts: readonly number[];
  readonly subjects: readonly Subject[];
  readonly nowUs: () => number;
  readonly signal: AbortSignal;
  readonly onStep: (step: string) => void;
}

/** One row to be: a mode on a cluster, and what was measured of it so far. */
interface Cell {
  readonly cluster: ClusterUnderTest;
  readonly mode: Mode;
  readonly throughput: CellResult[];
  readonly samples: RowSample[];
}

/**
 * Measures everything. For each node count the clusters of all subjects are up at the same time and take turns
 * (A B A B …), so that whatever else the machine does hits all of them alike.
 */
export async function runMatrix(matrix: MatrixOptions): Promise<ResultRow[]> {
  const rows: ResultRow[] = [];
  const nextPhase = countPhases();
  for (const nodes of matrix.nodeCounts) {
    await using open = new AsyncDisposableStack();
    const clusters: ClusterUnderTest[] = [];
    let actualNodes = nodes;
    for (const subject of matrix.subjects) {
      matrix.onStep(`${subject.label}: starting`);
      const cluster = open.use(await subject.open(actualNodes));
      actualNodes = cluster.nodes.length;
      clusters.push(cluster);
    }
    for (const payloadBytes of matrix.options.payloadsBytes) {
      rows.push(...(await measurePayload(matrix, { clusters, payloadBytes, nextPhase })));
    }
  }
  return rows;
}

interface PayloadOptions {
  readonly clusters: readonly ClusterUnderTest[];
  readonly payloadBytes: number;
  readonly nextPhase: () => number;
}

async function measurePayload(
  matrix: MatrixOptions,
  { clusters, payloadBytes, nextPhase }: PayloadOptions,
): Promise<ResultRow[]> {
  const { options, signal, nowUs } = matrix;
  const cells = makeCells(options.modes, clusters);
  const measure = (
    cell: Cell,
    ratePerS: number | undefined,
    repeat: number,
  ): Promise<CellResult> => {
    const kind = ratePerS === undefined ? "throughput" : "latency";
    const { nodes, label } = cell.cluster;
    matrix.onStep(
      `${label}, ${nodes.length} ${nodes.length === 1 ? "node" : "nodes"}, ${MODE_WORDS[cell.mode].label}, ` +
        `${payloadBytes} B: ${kind}${options.repeats === 1 ? "" : `, run ${repeat + 1}`}`,
    );
    const { cluster, mode } = cell;
    const isCold = ratePerS === undefined && repeat === 0;
    const phase = nextPhase();
    const load = { mode, payloadBytes, ratePerS, isCold, phase };
    return measureCell({ cluster, ...load, options, nowUs, signal });
  };
  let ratePerS = options.ratePerS;
  for (let repeat = 0; repeat < options.repeats; repeat += 1) {
    for (const cell of cells) cell.throughput.push(await measure(cell, undefined, repeat));
    // One rate for all, from the slowest: latencies at different loads could not be compared.
    ratePerS ??= Math.max(1, Math.floor(DEFAULT_RATE_SHARE * slowestPerS(cells)));
    for (const cell of cells) {
      const latency = await measure(cell, ratePerS, repeat);
      const throughput = cell.throughput[repeat];
      if (throughput !== undefined) cell.samples.push({ throughput, latency, ratePerS });
    }
  }
  return cells.map(({ cluster, mode, samples }) => {
    const { label: server, version, nodes } = cluster;
    return makeResultRow({ server, version, nodes: nodes.length, mode, payloadBytes }, samples);
  });
}

/** 1 to 255, and again. */
function countPhases(): () => number {
  let phases = 0;
  return () => {
    phases = (phases % PHASE_MAX) + 1;
    return phases;
  };
}

function makeCells(modes: readonly Mode[], clusters: readonly ClusterUnderTest[]): Cell[] {
  const cells: Cell[] = [];
  for (const asked of modes) {
    for (const cluster of clusters) {
      const mode = cluster.modeFor(asked);
      const isThere = cells.some((cell) => cell.cluster === cluster && cell.mode === mode);
      if (!isThere) cells.push({ cluster, mode, throughput: [], samples: [] });
    }
  }
  return cells;
}

function slowestPerS(cells: readonly Cell[]): number {
  return Math.min(...cells.map((cell) => cell.throughput[0]?.phase.publishedPerS ?? Infinity));
}

/** For progress: how often `onStep` will be called at most. */
export function countSteps(
  matrix: Pick<MatrixOptions, "options" | "nodeCounts" | "subjects">,
): number {
  const { options, nodeCounts, subjects } = matrix;
  const phases = 2 * options.modes.length * options.payloadsBytes.length * options.repeats;
  return nodeCounts.length * subjects.length * (1 + phases);
}
