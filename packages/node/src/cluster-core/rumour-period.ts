import { RUMOUR_PERIOD_MS, RUMOUR_PERIOD_MS_MAX, RUMOUR_PERIOD_MS_PER_NODE } from "./limits.ts";

/** How often a node says how it is, in a cluster of so many. */
export function rumourPeriodMs(nodes: number): number {
  const periodMs = nodes * RUMOUR_PERIOD_MS_PER_NODE;
  return Math.min(Math.max(periodMs, RUMOUR_PERIOD_MS), RUMOUR_PERIOD_MS_MAX);
}
