import type { Broker } from "./broker.ts";

/**
 * Closes clients that sent nothing for longer than `timeout` seconds; 0 closes nobody. Never one that waits
 * for something itself: blocked, held back by a pause, or subscribed. Call it about once a second.
 * Returns how many were closed.
 *
 * Source: Redis 7.0 src/timeout.c, clientsCronHandleTimeout. Cost: O(clients), nothing while `timeout` is 0.
 */
export function sweepIdle(
  broker: Pick<Broker, "config" | "clients" | "kill">,
  nowMs: number,
): number {
  const timeoutMs = broker.config.get("timeout") * 1000;
  if (timeoutMs === 0) return 0;
  let closed = 0;
  for (const connection of broker.clients.all()) {
    if (connection.isStopped || connection.isSubscriber || connection.isClosed) continue;
    if (nowMs - connection.lastActiveMs <= timeoutMs) continue;
    broker.kill(connection, { afterReply: false });
    closed += 1;
  }
  return closed;
}
