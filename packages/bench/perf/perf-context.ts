import type { Pinning } from "./pinning.ts";

/** What every measurement needs to know of the run. */
export interface PerfContext {
  readonly repeats: number;
  readonly isQuick: boolean;
  readonly pinning: Pinning;
  /** Of this process, without Slotcast's own variables. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal;
  /** Tells the person who waits what is being done. */
  readonly progress: (text: string) => void;
}

const QUICK_SHARE = 0.25;

/** A number of requests, or of seconds, for this run. */
export function volume(full: number, context: PerfContext): number {
  return context.isQuick ? full * QUICK_SHARE : full;
}
