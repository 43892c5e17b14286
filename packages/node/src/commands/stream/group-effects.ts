import { ascii, type Bytes } from "@slotcast/protocol";
import {
  formatStreamId,
  type ConsumerGroup,
  type DeliveryCount,
  type StreamId,
} from "@slotcast/store";
import type { CommandContext } from "../handler.ts";

/** What a consumer was given, as it is pending now. */
export interface Delivered {
  readonly id: StreamId;
  readonly deliveredAtMs: number;
  readonly deliveryCount: DeliveryCount;
}

/** Whose pending entries changed. */
export interface GroupAddress {
  readonly key: Bytes;
  readonly groupName: Bytes;
}

const XCLAIM = ascii("XCLAIM");
const XACK = ascii("XACK");
const XGROUP = ascii("XGROUP");
const ZERO = ascii("0");
/** A request may have only so many arguments: longer runs become several effects. */
const EFFECT_IDS_MAX = 10_000;

/**
 * Deliveries and claims as effects: what is pending, for whom, since when and how often. One XCLAIM for a run of
 * entries of the same time and count, where Redis needs one for each entry: a delivery is one effect.
 */
export function appendClaims(
  { effects }: CommandContext,
  { key, groupName }: GroupAddress,
  consumerName: Bytes,
  entries: readonly Delivered[],
): void {
  if (effects === undefined) return;
  for (let from = 0; from < entries.length;) {
    const { deliveredAtMs, deliveryCount } = entries[from] as Delivered; // below length
    const ids: Bytes[] = [];
    for (; from < entries.length; from += 1) {
      const next = entries[from] as Delivered; // below length
      if (next.deliveredAtMs !== deliveredAtMs || next.deliveryCount !== deliveryCount) break;
      if (ids.length === EFFECT_IDS_MAX) break;
      ids.push(formatStreamId(next.id));
    }
    const options = `TIME ${deliveredAtMs} RETRYCOUNT ${deliveryCount} FORCE JUSTID`;
    effects.append([
      ...[XCLAIM, key, groupName, consumerName, ZERO],
      ...ids,
      ...options.split(" ").map(ascii),
    ]);
  }
}

/** Pending entries that are forgotten since the stream does not have them any more. */
export function appendForgotten(
  { effects }: CommandContext,
  { key, groupName }: GroupAddress,
  ids: readonly StreamId[],
): void {
  for (let from = 0; from < ids.length; from += EFFECT_IDS_MAX) {
    const some = ids.slice(from, from + EFFECT_IDS_MAX);
    effects?.append([XACK, key, groupName, ...some.map(formatStreamId)]);
  }
}

/** How far the group is. */
export function appendProgress(
  { effects }: CommandContext,
  { key, groupName }: GroupAddress,
  group: ConsumerGroup,
): void {
  effects?.append([
    ...[XGROUP, ascii("SETID"), key, groupName, formatStreamId(group.lastDeliveredId)],
    ...[ascii("ENTRIESREAD"), ascii(String(group.entriesRead ?? -1))],
  ]);
}
