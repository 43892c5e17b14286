import { performance } from "node:perf_hooks";

/**
 * Milliseconds on the clock that never steps and that all deadlines of the cluster are counted by: leases, suspicions,
 * elections. Whole ones, since some of them travel. It goes on while the process is stopped.
 */
export function steadyMs(): number {
  return Math.trunc(performance.now());
}
