import { readFileSync } from "node:fs";
import { cpus } from "node:os";

/** USER_HZ: the unit of /proc/<pid>/stat is 1/100 s on every architecture that Node runs on. */
const TICK_US = 10_000;
/** Fields of /proc/<pid>/stat after the command's closing parenthesis: proc(5), utime is field 14. */
const UTIME_AFTER_NAME = 11;
const STIME_AFTER_NAME = 12;

/**
 * CPU time of a process so far, user and system, in microseconds (to 10 ms). `undefined` when it cannot be read:
 * the process is gone, or this is not Linux.
 */
export function processCpuUs(pid: number): number | undefined {
  let stat: string;
  try {
    stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  } catch {
    return undefined;
  }
  return parseProcessCpuUs(stat);
}

export function parseProcessCpuUs(stat: string): number | undefined {
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const ticks = Number(fields[UTIME_AFTER_NAME]) + Number(fields[STIME_AFTER_NAME]);
  return Number.isFinite(ticks) ? ticks * TICK_US : undefined;
}

/** Time that all cores together have been busy and have existed, in milliseconds. */
export interface MachineTimes {
  readonly busyMs: number;
  readonly totalMs: number;
}

export function machineTimes(): MachineTimes {
  let busyMs = 0;
  let totalMs = 0;
  for (const { times } of cpus()) {
    const busy = times.user + times.nice + times.sys + times.irq;
    busyMs += busy;
    totalMs += busy + times.idle;
  }
  return { busyMs, totalMs };
}
