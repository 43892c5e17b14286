import { ascii, type Bytes } from "@slotcast/protocol";
import {
  formatStreamId,
  STREAM_ID_MAX,
  STREAM_ID_MIN,
  type Consumer,
  type ConsumerGroup,
  type PendingEntry,
} from "@slotcast/store";
import type { CommandContext } from "../handler.ts";

/** Pending entries taken from silent consumers in one go: one with more of them stays until the next. */
const HANDED_OVER_MAX = 10_000;
/** So long after a look at all consumers there is no other: thousands may fall silent one by one. */
const LOOK_AGAIN_MS = 100;

interface NamedGroup {
  readonly key: Bytes;
  readonly groupName: Bytes;
  readonly group: ConsumerGroup;
}

/**
 * CONSUMERTTL: consumers that were not seen for so long are removed, after their pending entries became nobody's.
 * Nothing while nobody can be due: O(1). A consumer that waits in XREADGROUP is seen again and again.
 */
export function removeSilentConsumers(context: CommandContext, named: NamedGroup): void {
  const { nowMs } = context;
  const { key, groupName, group } = named;
  const ttlMs = group.policy?.consumerTtlMs;
  if (ttlMs === undefined || nowMs < group.nextSilentMs) return;
  let nextMs = nowMs + ttlMs;
  let isRest = false;
  let left = HANDED_OVER_MAX;
  let isChanged = false;
  for (const consumer of group.consumers()) {
    const silentMs = consumer.seenTimeMs + ttlMs;
    if (silentMs > nowMs || left === 0) {
      nextMs = Math.min(nextMs, silentMs);
      if (silentMs <= nowMs) isRest = true;
      continue;
    }
    isChanged = true;
    left -= handOver(context, named, { consumer, countMax: left });
    if (consumer.pendingCount > 0) {
      isRest = true;
      continue;
    }
    group.deleteConsumer(consumer.name);
    context.notify("stream", "xgroup-delconsumer", key);
    context.effects?.append([
      ...[ascii("XGROUP"), ascii("DELCONSUMER"), key, groupName, consumer.name],
    ]);
  }
  group.nextSilentMs = isRest ? nowMs : Math.max(nextMs, nowMs + LOOK_AGAIN_MS);
  if (isChanged) context.keys.touchGroups(key);
  if (left < HANDED_OVER_MAX) context.markReady(key);
}

/** Returns how many entries were the consumer's and are nobody's now. A retry delay counts from their delivery. */
function handOver(
  { effects }: CommandContext,
  { key, groupName, group }: NamedGroup,
  { consumer, countMax }: { readonly consumer: Consumer; readonly countMax: number },
): number {
  const entries: PendingEntry[] = [];
  group.forEachPending({ from: STREAM_ID_MIN, to: STREAM_ID_MAX, consumer }, (entry) => {
    return entries.push(entry) < countMax;
  });
  const hasDelay = group.policy?.retryDelayMs !== undefined;
  for (const { id, deliveryCount, deliveredAtMs } of entries) {
    group.putBack(id, deliveryCount, deliveredAtMs);
    const words = ["FAIL", "IDS", "1", formatStreamId(id)];
    if (hasDelay) words.push("TIME", String(deliveredAtMs));
    effects?.append([ascii("XNACK"), key, groupName, ...words.map(ascii)]);
  }
  return entries.length;
}
