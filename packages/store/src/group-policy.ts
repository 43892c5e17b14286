import type { Bytes } from "@slotcast/protocol";
import type { DeliveryCount } from "./consumer-group.ts";

/**
 * What the server does by itself for a consumer group (ours: docs/streams.md). A part that is `undefined` is off.
 * Set as a whole, and never changed in place.
 */
export interface GroupPolicy {
  /** Entries idle for so long are offered to whoever reads new ones. */
  readonly autoclaimMs: number | undefined;
  /** An entry that was delivered so many times is a dead letter when it would be delivered again. */
  readonly deliveryLimit: number | undefined;
  /** The stream that dead letters go to. */
  readonly deadLetterKey: Bytes | undefined;
  /** A consumer not seen for so long is removed, and its pending entries become nobody's. */
  readonly consumerTtlMs: number | undefined;
  /** With `autoclaimMs` only: an entry is not offered again before this time, which doubles with each delivery. */
  readonly retryDelayMs: number | undefined;
  /** There when `retryDelayMs` is, and not below it. */
  readonly maxRetryDelayMs: number | undefined;
}

/** Doubling further changes nothing: the time is beyond every maximum. */
const DOUBLINGS_MAX = 60;

/** How long after its last delivery, or after it was put back, an entry may be offered again. */
export function retryDelayOf(policy: GroupPolicy | undefined, count: DeliveryCount): number {
  const { retryDelayMs, maxRetryDelayMs } = policy ?? {};
  if (retryDelayMs === undefined || maxRetryDelayMs === undefined) return 0;
  const doublings = Math.min(Math.max(Number(count) - 1, 0), DOUBLINGS_MAX);
  return Math.min(retryDelayMs * 2 ** doublings, maxRetryDelayMs);
}

/**
 * How much later than its delivery an entry counts as idle, so that `idle for autoclaimMs` means `may be offered`.
 * An entry that was put back waits for its delay only: negative when that is shorter.
 */
export function idleShiftMs(
  policy: GroupPolicy | undefined,
  entry: { readonly isNobodys: boolean; readonly deliveryCount: DeliveryCount },
): number {
  if (policy?.retryDelayMs === undefined) return 0;
  const shiftMs = retryDelayOf(policy, entry.deliveryCount) - (policy.autoclaimMs ?? 0);
  return entry.isNobodys ? shiftMs : Math.max(shiftMs, 0);
}
