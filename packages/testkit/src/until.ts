import { setTimeout as delay } from "node:timers/promises";
import { POLL_MS } from "./limits.ts";

/**
 * Looks at a condition until it holds, and throws when it does not hold in time. What the condition throws
 * counts as "not yet" and is the cause of the final error: a refused connection, an `expect` that fails.
 */
export async function until(
  condition: () => unknown,
  { withinMs, what = "the condition" }: { readonly withinMs: number; readonly what?: string },
): Promise<void> {
  const giveUpAtMs = performance.now() + withinMs;
  let cause: unknown;
  for (;;) {
    try {
      const holds = await condition();
      if (holds !== false) return;
      cause = undefined;
    } catch (error) {
      cause = error;
    }
    if (performance.now() > giveUpAtMs) {
      throw new Error(`${what} did not come true within ${withinMs} ms`, { cause });
    }
    await delay(POLL_MS);
  }
}
