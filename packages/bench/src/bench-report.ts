import { arch, cpus, release, totalmem, type } from "node:os";
import { answerOf } from "./answer.ts";
import type { BenchOptions } from "./bench-options.ts";
import { compareRows, type RowRatio } from "./compare-rows.ts";
import type { ResultRow } from "./result-row.ts";

export interface MachineFacts {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryBytes: number;
  readonly system: string;
  readonly node: string;
}

/** Everything a run found out: what `--json` writes, and what table and page are made of. */
export interface BenchReport {
  /** Raised when a field changes its meaning. */
  readonly format: 1;
  readonly startedAt: string;
  readonly machine: MachineFacts;
  readonly options: Omit<BenchOptions, "password">;
  readonly rows: readonly ResultRow[];
  readonly ratios: readonly RowRatio[];
  readonly answer: readonly string[];
}

export function makeReport(run: {
  readonly startedAt: Date;
  readonly machine: MachineFacts;
  readonly options: BenchOptions;
  readonly rows: readonly ResultRow[];
}): BenchReport {
  const { startedAt, machine, rows } = run;
  const { password: _, ...options } = run.options;
  return {
    format: 1,
    startedAt: startedAt.toISOString(),
    machine,
    options,
    rows,
    ratios: compareRows(rows),
    answer: answerOf(rows),
  };
}

export function machineFacts(): MachineFacts {
  const all = cpus();
  return {
    cpu: all[0]?.model.trim() ?? "unknown",
    cores: all.length,
    memoryBytes: totalmem(),
    system: `${type()} ${release()} ${arch()}`,
    node: process.version,
  };
}
