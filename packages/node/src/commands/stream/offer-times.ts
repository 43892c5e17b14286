import type { ConsumerGroup, GroupPolicy } from "@slotcast/store";
import type { ReadArguments } from "./read-arguments.ts";

/** Entries that are due and could not be returned are tried again after so long: nobody must spin on them. */
const TRY_AGAIN_MS = 100;

/**
 * How long an entry must be pending for XREADGROUP `>` to return it: what CLAIM says, or else the policy of the
 * group. `undefined`: only new ones are returned. With a retry delay CLAIM may ask for more time, not for less.
 */
export function idleToOffer(
  policy: GroupPolicy | undefined,
  { minIdleMs, noAck }: Pick<ReadArguments, "minIdleMs" | "noAck">,
): number | undefined {
  if (policy === undefined) return minIdleMs;
  const { autoclaimMs, retryDelayMs } = policy;
  // Who does not acknowledge would be offered the same entries for ever.
  if (minIdleMs === undefined) return noAck ? undefined : autoclaimMs;
  return retryDelayMs === undefined ? minIdleMs : Math.max(minIdleMs, autoclaimMs ?? 0);
}

/**
 * Unix time at which readers that found nothing should look again, since an entry will be due. `undefined`: never,
 * unless a key becomes ready.
 */
export function nextDueMs(
  groups: readonly ConsumerGroup[],
  read: Pick<ReadArguments, "minIdleMs" | "noAck">,
  nowMs: number,
): number | undefined {
  let nextMs: number | undefined;
  for (const group of groups) {
    const idleMs = idleToOffer(group.policy, read);
    const oldestMs = idleMs === undefined ? undefined : group.oldestDeliveryMs();
    if (idleMs === undefined || oldestMs === undefined) continue;
    const dueMs = oldestMs + idleMs;
    nextMs = Math.min(nextMs ?? Infinity, dueMs > nowMs ? dueMs : nowMs + TRY_AGAIN_MS);
  }
  return nextMs;
}

/** Unix time at which one that waits must be seen again, or CONSUMERTTL would take it for silent. */
export function nextSeenMs(groups: readonly ConsumerGroup[], nowMs: number): number | undefined {
  let nextMs: number | undefined;
  for (const { policy } of groups) {
    if (policy?.consumerTtlMs === undefined) continue;
    nextMs = Math.min(nextMs ?? Infinity, nowMs + Math.ceil(policy.consumerTtlMs / 2));
  }
  return nextMs;
}
