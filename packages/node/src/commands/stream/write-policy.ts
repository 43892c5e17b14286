import { ascii, type Bytes, type ReplyWriter } from "@slotcast/protocol";
import type { GroupPolicy } from "@slotcast/store";

/** A map of the parts that are set, named as in XINFO; empty without a policy. */
export function writePolicy(reply: ReplyWriter, policy: GroupPolicy | undefined): void {
  const parts = policy === undefined ? [] : partsOf(policy);
  reply.map(parts.length);
  for (const [name, value] of parts) {
    reply.bulk(ascii(name));
    if (typeof value === "number") reply.integer(value);
    else reply.bulk(value);
  }
}

function partsOf(policy: GroupPolicy): (readonly [string, Bytes | number])[] {
  const all = [
    ["delivery-limit", policy.deliveryLimit],
    ["dead-letter", policy.deadLetterKey],
    ["autoclaim", policy.autoclaimMs],
    ["consumer-ttl", policy.consumerTtlMs],
    ["retry-delay", policy.retryDelayMs],
    ["max-retry-delay", policy.maxRetryDelayMs],
  ] as const;
  const parts: (readonly [string, Bytes | number])[] = [];
  for (const [name, value] of all) if (value !== undefined) parts.push([name, value]);
  return parts;
}
