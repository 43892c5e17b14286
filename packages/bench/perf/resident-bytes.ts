import { readFileSync } from "node:fs";
import { BenchError } from "../src/bench-error.ts";

/**
 * Physical memory of a process. From smaps_rollup, which walks the pages: the counter in /proc/<pid>/status lags
 * behind by up to some hundred KB per thread on newer kernels. Takes milliseconds.
 */
export function residentBytes(pid: number): number {
  const [, kilobytes] = /^Rss:\s+(\d+) kB$/m.exec(readFileSync(rollup(pid), "utf8")) ?? [];
  if (kilobytes === undefined) throw new BenchError(`no Rss in ${rollup(pid)}`);
  return Number(kilobytes) * 1_024;
}

function rollup(pid: number): string {
  return `/proc/${pid}/smaps_rollup`;
}
