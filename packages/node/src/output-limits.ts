import type { OutputBufferLimit } from "./config/output-buffer-limits.ts";

/** What a connection's backlog means. */
export interface BacklogState {
  readonly bytes: number;
  readonly nowMs: number;
  /** Since when the soft limit is exceeded, from the previous call; 0: it was not. */
  readonly softSinceMs: number;
}

/**
 * Whether the backlog closes the connection, and since when it is over its soft limit.
 * Source: Redis 7.0 src/networking.c, checkClientOutputBufferLimits.
 */
export function judgeBacklog(
  limit: OutputBufferLimit,
  state: BacklogState,
): { readonly closes: boolean; readonly softSinceMs: number } {
  const { bytes, nowMs } = state;
  if (limit.hardBytes > 0 && bytes >= limit.hardBytes) return { closes: true, softSinceMs: 0 };
  if (limit.softBytes === 0 || bytes < limit.softBytes) return { closes: false, softSinceMs: 0 };
  const softSinceMs = state.softSinceMs === 0 ? nowMs : state.softSinceMs;
  return { closes: nowMs - softSinceMs > limit.softSeconds * 1000, softSinceMs };
}
