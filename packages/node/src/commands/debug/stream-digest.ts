import { ascii } from "@slotcast/protocol";
import {
  compareStreamIds,
  formatStreamId,
  STREAM_ID_MAX,
  STREAM_ID_MIN,
  type ConsumerGroup,
  type Stream,
  type StreamId,
} from "@slotcast/store";
import type { Sha1Digest } from "./sha1-digest.ts";

/**
 * Adds what Redis leaves out: what was added and deleted before, consumer groups, and the messages that producers
 * sent. A stream with none of it keeps Redis' digest. Who was seen when, and how often something was refused, is no
 * part of the value.
 */
export function digestBesideEntries(digest: Sha1Digest, stream: Stream): void {
  const { entriesAdded, groups, lastId, length, maxDeletedId } = stream;
  const isPlain = entriesAdded === length && compareStreamIds(lastId, stream.newestId) === 0;
  if (!isPlain) appendAll(digest, [lastId, maxDeletedId, entriesAdded]);
  const windows = stream.idempotenceParts?.windows ?? [];
  for (const [producer, window] of windows) {
    digest.append(producer);
    for (const [message, id] of window) {
      digest.append(message);
      appendAll(digest, [id]);
    }
  }
  for (const [name, group] of groups.named()) {
    digest.append(name);
    digestGroup(digest, group);
  }
}

function digestGroup(digest: Sha1Digest, group: ConsumerGroup): void {
  const { policy } = group;
  appendAll(digest, [group.lastDeliveredId, group.entriesRead ?? "unknown"]);
  if (policy !== undefined) {
    // In an order of its own: that of the properties tells where the policy came from.
    const { autoclaimMs, consumerTtlMs, deliveryLimit, maxRetryDelayMs, retryDelayMs } = policy;
    const numbers = [autoclaimMs, consumerTtlMs, deliveryLimit, maxRetryDelayMs, retryDelayMs];
    appendAll(digest, numbers.map(String));
    if (policy.deadLetterKey !== undefined) digest.append(policy.deadLetterKey);
  }
  for (const { name } of group.consumers()) digest.append(name);
  const all = { from: STREAM_ID_MIN, to: STREAM_ID_MAX };
  group.forEachPending(all, ({ id, consumer, deliveredAtMs, deliveryCount }) => {
    if (consumer === undefined) return true;
    appendAll(digest, [id, deliveredAtMs, deliveryCount]);
    digest.append(consumer.name);
    return true;
  });
  // These have an order of their own.
  group.forEachUnowned(({ id, deliveryCount }) => {
    appendAll(digest, [id, deliveryCount]);
  });
}

function appendAll(
  digest: Sha1Digest,
  parts: readonly (StreamId | number | bigint | string)[],
): void {
  for (const part of parts) {
    digest.append(typeof part === "object" ? formatStreamId(part) : ascii(String(part)));
  }
}
