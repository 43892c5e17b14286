import { median } from "../src/median.ts";

/** One run of one row on one server. */
export interface Measurement {
  /** In the unit of the row; NaN when the run failed. */
  readonly value: number;
  /** CPU time of all server processes for one operation. */
  readonly serverCpuUs?: number | undefined;
  /** CPU of all load generators together, as a share of one core. */
  readonly generatorShare?: number | undefined;
  /** Why the value does not count: messages lost, a server that died. */
  readonly fault?: string | undefined;
}

/** What a row has to reach. */
export type Target =
  | { readonly kind: "ratio-at-least"; readonly limit: number }
  | { readonly kind: "ratio-at-most"; readonly limit: number }
  /** Ours alone, in the unit of the row. */
  | { readonly kind: "ours-at-most"; readonly limit: number }
  /** Shown for comparison. */
  | { readonly kind: "none" };

export interface RowSpec {
  readonly what: string;
  readonly format: (value: number) => string;
  readonly target: Target;
}

export interface Row {
  readonly spec: RowSpec;
  /** In time order; those of one place in the two lists were made back to back. */
  readonly redis: readonly Measurement[];
  readonly ours: readonly Measurement[];
}

/** `undefined` without runs that count. */
export function medianOf(
  runs: readonly Measurement[],
  pick: (run: Measurement) => number | undefined,
): number | undefined {
  const values = runs.map(pick).filter((value) => value !== undefined && Number.isFinite(value));
  return median(values as readonly number[]); // the filter left numbers
}

export function ratioOf({ redis, ours }: Row): number | undefined {
  return quotient(
    medianOf(ours, ({ value }) => value),
    medianOf(redis, ({ value }) => value),
  );
}

/** Ours for each of redis-server's: above 1 is dearer. */
export function cpuRatioOf({ redis, ours }: Row): number | undefined {
  return quotient(
    medianOf(ours, ({ serverCpuUs }) => serverCpuUs),
    medianOf(redis, ({ serverCpuUs }) => serverCpuUs),
  );
}

export function faultsOf({ redis, ours }: Row): readonly string[] {
  return [...faultLines("redis", redis), ...faultLines("ours", ours)];
}

function faultLines(side: string, runs: readonly Measurement[]): string[] {
  return runs.flatMap(({ fault }, repeat) =>
    fault === undefined ? [] : [`${side}, run ${repeat + 1}: ${fault}`],
  );
}

/** `missed` also when ours has a fault or no value: what was not shown is not reached. */
export function verdictOf(row: Row): "ok" | "missed" | "none" {
  const { target } = row.spec;
  if (target.kind === "none") return "none";
  if (row.ours.some(({ fault }) => fault !== undefined)) return "missed";
  const value =
    target.kind === "ours-at-most" ? medianOf(row.ours, (run) => run.value) : ratioOf(row);
  if (value === undefined) return "missed";
  const isReached =
    target.kind === "ratio-at-least" ? value >= target.limit : value <= target.limit;
  return isReached ? "ok" : "missed";
}

function quotient(ours: number | undefined, redis: number | undefined): number | undefined {
  return ours === undefined || redis === undefined || redis === 0 ? undefined : ours / redis;
}
