import { setTimeout as delay } from "node:timers/promises";

/** Throws the signal's reason when it is aborted before or meanwhile. */
export async function pause(durationMs: number, signal: AbortSignal): Promise<void> {
  try {
    await delay(Math.max(0, durationMs), undefined, { signal });
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  }
}

export interface WaitOptions {
  readonly pollMs: number;
  readonly deadlineMs: number;
  readonly signal: AbortSignal;
}

/** Asks until the answer is yes. Returns false when the time is over. */
export async function waitUntil(
  isTrue: () => boolean | Promise<boolean>,
  { pollMs, deadlineMs, signal }: WaitOptions,
): Promise<boolean> {
  const giveUpAtMs = performance.now() + deadlineMs;
  for (;;) {
    signal.throwIfAborted();
    if (await isTrue()) return true;
    if (performance.now() > giveUpAtMs) return false;
    await pause(pollMs, signal);
  }
}
