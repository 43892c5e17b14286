import { ascii, CommandError, hashSlot, toText, type Bytes } from "@slotcast/protocol";
import {
  formatStreamId,
  Stream,
  type ConsumerGroup,
  type GroupPolicy,
  type PendingEntry,
  type StreamId,
} from "@slotcast/store";
import type { CommandContext } from "../handler.ts";
import { appendForgotten } from "./group-effects.ts";

/** Names of the fields that a dead letter has after its own, in this order. Wire format: applications read them. */
export const DEAD_LETTER_FIELDS = [
  "dead-letter-stream",
  "dead-letter-id",
  "dead-letter-group",
  "dead-letter-consumer",
  "dead-letter-deliveries",
  "dead-letter-reason",
] as const;

/** What XNACK FATAL sets a delivery count to: the entry must not be delivered again. */
export const FATAL_COUNT = 2n ** 63n - 1n;

/** Dead letters that one read moves: the rest is left to the next. */
const MOVED_MAX = 1000;

/** Where an entry is pending. */
export interface PendingPlace {
  readonly key: Bytes;
  readonly stream: Stream;
  readonly groupName: Bytes;
  readonly group: ConsumerGroup;
}

/** The entry was delivered as often as the policy allows, or was given up with XNACK FATAL. */
export function isDead(
  policy: GroupPolicy | undefined,
  { deliveryCount }: Pick<PendingEntry, "deliveryCount">,
): boolean {
  if (policy?.deadLetterKey === undefined) return false;
  return deliveryCount >= (policy.deliveryLimit ?? FATAL_COUNT);
}

/** Moves dead entries as `moveDeadLetter` does, and forgets those that were deleted from their stream. */
export function moveDeadLetters(
  context: CommandContext,
  place: PendingPlace,
  dead: readonly PendingEntry[],
): void {
  if (dead.length === 0) return;
  const { key, groupName, stream, group } = place;
  const deleted: StreamId[] = [];
  for (const entry of dead.slice(0, MOVED_MAX)) {
    if (stream.find(entry.id) !== undefined) moveDeadLetter(context, place, entry);
    else if (group.acknowledge(entry.id)) deleted.push(entry.id);
  }
  if (deleted.length > 0) context.keys.touch(key);
  appendForgotten(context, { key, groupName }, deleted);
}

/**
 * Moves a dead entry to the dead-letter stream of its group, and acknowledges it; readers of that stream wake.
 *
 * False when it could not be moved, because that key holds another type, say: the entry stays pending, nothing is
 * lost, and it is not to be delivered all the same. Logged when it begins, counted each time. False also for an
 * entry that was deleted from its stream: there is nothing to keep.
 */
export function moveDeadLetter(
  context: CommandContext,
  place: PendingPlace,
  entry: PendingEntry,
): boolean {
  const { keys, nowMs } = context;
  const { key, stream, group } = place;
  const target = group.policy?.deadLetterKey;
  const fields = stream.find(entry.id);
  if (target === undefined || fields === undefined) return false;
  const letter = [...fields, ...traces(place, entry)];
  const existing = keys.peek(target, nowMs);
  const letters = existing ?? new Stream(context.broker.streamNodeLimits);
  const mayTake = letters instanceof Stream && letters !== stream && isServedHere(context, target);
  const id = mayTake ? appendLetter(letters, letter, nowMs) : undefined;
  if (!mayTake || id === undefined) {
    refused(context, place, target);
    return false;
  }
  group.deadLettersAreRefused = false;
  context.broker.stats.deadLetters += 1;
  if (existing === undefined) keys.set(target, letters);
  else keys.touch(target);
  group.acknowledge(entry.id);
  keys.touch(key);
  context.notify("stream", "xadd", target);
  context.effects?.append([ascii("XADD"), target, formatStreamId(id), ...letter]);
  context.effects?.append([ascii("XACK"), key, place.groupName, formatStreamId(entry.id)]);
  context.markReady(target);
  return true;
}

/** The stream may have come with its policy from another slot: RESTORE. */
function isServedHere({ broker, keys }: CommandContext, target: Bytes): boolean {
  return broker.cluster === undefined || hashSlot(target) === keys.index;
}

/** `undefined`: it took none. */
function appendLetter(
  letters: Stream,
  letter: readonly Bytes[],
  nowMs: number,
): StreamId | undefined {
  const id = letters.nextAutoId(nowMs);
  if (id === undefined) return undefined;
  try {
    letters.append(id, letter, 0);
  } catch (error) {
    // With its traces the entry is larger than an entry may be.
    if (error instanceof CommandError) return undefined;
    throw error;
  }
  return id;
}

function traces({ key, groupName }: PendingPlace, entry: PendingEntry): Bytes[] {
  const isFatal = entry.deliveryCount >= FATAL_COUNT;
  const values: readonly Bytes[] = [
    key,
    formatStreamId(entry.id),
    groupName,
    entry.consumer?.name ?? ascii(""),
    ascii(String(entry.deliveryCount)),
    ascii(isFatal ? "nack-fatal" : "delivery-limit"),
  ];
  return DEAD_LETTER_FIELDS.flatMap((name, index) => [ascii(name), values[index] ?? ascii("")]);
}

function refused({ broker }: CommandContext, place: PendingPlace, target: Bytes): void {
  const { group } = place;
  broker.stats.deadLettersRefused += 1;
  if (group.deadLettersAreRefused) return;
  group.deadLettersAreRefused = true;
  broker.logger.warn(
    { stream: toText(place.key), group: toText(place.groupName), deadLetter: toText(target) },
    "dead letters stay pending: the dead-letter key takes no entries",
  );
}
