import type { Bytes } from "@slotcast/protocol";
import {
  moveOn,
  nextDeliveryCount,
  nextStreamId,
  STREAM_ID_MAX,
  type Consumer,
  type DeliveryCount,
  type PendingEntry,
  type StreamId,
} from "@slotcast/store";
import type { CommandContext } from "../handler.ts";
import { isDead, moveDeadLetters } from "./dead-letter.ts";
import {
  appendClaims,
  appendForgotten,
  appendProgress,
  type Delivered,
  type GroupAddress,
} from "./group-effects.ts";
import type { StreamGroup } from "./group-lookup.ts";
import { hasNewer, readEntries, type ReadBudget } from "./read-entries.ts";

/** Who is given entries, out of which group of which stream. */
export interface Recipient extends StreamGroup, GroupAddress {
  readonly consumer: Consumer;
}

/** What XREADGROUP returns of one stream, row by row. */
export interface Delivery {
  readonly ids: StreamId[];
  /** `undefined`: the entry was deleted, and is pending still. */
  readonly fields: (readonly Bytes[] | undefined)[];
  /** With CLAIM: since when each of them was idle, and how often it had been delivered. */
  readonly before?: { readonly idleMs: number; readonly deliveryCount: DeliveryCount }[];
}

const NOTHING: Delivery = { ids: [], fields: [] };
/**
 * Dead entries that one read for idle ones meets: what is behind them waits until they are moved. They may be a
 * million that nobody takes, and a reader that is blocked looks ten times a second.
 */
const DEAD_MET_MAX = 10_000;

/** Entries that nobody of the group was given yet. With NOACK they are not pending afterwards. */
export function deliverNew(
  context: CommandContext,
  { key, groupName, stream, group, consumer }: Recipient,
  { countMax, noAck }: { readonly countMax: number; readonly noAck: boolean },
  budget: ReadBudget,
): Delivery {
  const after = group.lastDeliveredId;
  const from = nextStreamId(after);
  if (countMax <= 0 || from === undefined || !hasNewer(stream, after)) return NOTHING;
  const entries = readEntries(stream, { from, countMax }, budget);
  const { ids } = entries;
  if (ids.length === 0) return NOTHING;
  const { nowMs } = context;
  if (!noAck) for (const id of ids) group.deliver(id, consumer, nowMs);
  moveOn(group, stream, ids);
  consumer.activeTimeMs = nowMs;
  context.keys.touchGroups(key);
  if (context.effects !== undefined) {
    const address = { key, groupName };
    const delivered = { deliveredAtMs: nowMs, deliveryCount: 1 };
    if (!noAck) {
      appendClaims(
        context,
        address,
        consumer.name,
        ids.map((id) => ({ id, ...delivered })),
      );
    }
    appendProgress(context, address, group);
  }
  return entries;
}

/**
 * What is pending for this consumer, once more. Also what was deleted meanwhile: it must learn of it. What a policy
 * calls dead goes to the dead letters instead, here and below.
 */
export function deliverHistory(
  context: CommandContext,
  to: Recipient,
  { from, countMax }: { readonly from: StreamId; readonly countMax: number },
  budget: ReadBudget,
): Delivery {
  const { key, groupName, stream, group, consumer } = to;
  const pending: PendingEntry[] = [];
  const dead: PendingEntry[] = [];
  if (countMax > 0) {
    group.forEachPending({ from, to: STREAM_ID_MAX, consumer }, (entry) => {
      if (isDead(group.policy, entry)) return dead.push(entry) > 0;
      return pending.push(entry) < countMax;
    });
  }
  const delivery: Delivery = { ids: [], fields: [] };
  const again: Delivered[] = [];
  for (const { id, deliveryCount } of pending) {
    const fields = stream.find(id);
    if (!budget.take(fields)) break;
    delivery.ids.push(id);
    delivery.fields.push(fields);
    if (fields !== undefined)
      again.push(deliverAgain(context, { group, consumer, id, deliveryCount }));
  }
  finish(context, { key, groupName, consumer }, again, []);
  moveDeadLetters(context, to, dead);
  return delivery;
}

/**
 * What has been pending for so long, whoever's it was, and what is nobody's: the longest idle first. What was
 * deleted meanwhile is forgotten.
 */
export function deliverIdle(
  context: CommandContext,
  to: Recipient,
  { minIdleMs, countMax }: { readonly minIdleMs: number; readonly countMax: number },
  budget: ReadBudget,
): Delivery {
  const { nowMs } = context;
  const { key, groupName, stream, group, consumer } = to;
  const delivery: Required<Delivery> = { ids: [], fields: [], before: [] };
  const dead: PendingEntry[] = [];
  const deleted: StreamId[] = [];
  const taken: PendingEntry[] = [];
  group.forEachIdle(nowMs - minIdleMs, (entry) => {
    if (taken.length >= countMax) return false;
    if (isDead(group.policy, entry)) return dead.push(entry) < DEAD_MET_MAX;
    const fields = stream.find(entry.id);
    if (fields === undefined) return deleted.push(entry.id) > 0;
    if (!budget.take(fields)) return false;
    delivery.fields.push(fields);
    return taken.push(entry) > 0;
  });
  const again: Delivered[] = [];
  for (const { id, deliveryCount, deliveredAtMs, consumer: owner } of taken) {
    delivery.ids.push(id);
    const idleMs = owner === undefined ? -1 : Math.max(nowMs - deliveredAtMs, 0);
    delivery.before.push({ idleMs, deliveryCount });
    again.push(deliverAgain(context, { group, consumer, id, deliveryCount }));
  }
  for (const id of deleted) group.acknowledge(id);
  finish(context, { key, groupName, consumer }, again, deleted);
  moveDeadLetters(context, to, dead);
  return delivery;
}

function deliverAgain(
  { nowMs }: CommandContext,
  {
    group,
    consumer,
    id,
    deliveryCount,
  }: Pick<Recipient, "group" | "consumer"> & Pick<PendingEntry, "id" | "deliveryCount">,
): Delivered {
  const delivered = { deliveredAtMs: nowMs, deliveryCount: nextDeliveryCount(deliveryCount) };
  group.claim(id, { consumer, ...delivered });
  return { id, ...delivered };
}

/** What is due after entries were handed over or forgotten. Costs nothing when there were none. */
export function finish(
  context: CommandContext,
  { key, groupName, consumer }: GroupAddress & Pick<Recipient, "consumer">,
  delivered: readonly Delivered[],
  forgotten: readonly StreamId[],
): void {
  if (delivered.length > 0) consumer.activeTimeMs = context.nowMs;
  if (delivered.length > 0 || forgotten.length > 0) context.keys.touchGroups(key);
  appendForgotten(context, { key, groupName }, forgotten);
  appendClaims(context, { key, groupName }, consumer.name, delivered);
}
