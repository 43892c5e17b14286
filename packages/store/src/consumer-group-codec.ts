import { own } from "@slotcast/protocol";
import { MalformedBytes, type ByteReader } from "./byte-reader.ts";
import { U64_VARINT_BYTES_MAX, type ByteWriter } from "./byte-writer.ts";
import { readOptional, writeNumber, writeOptional, writeString } from "./codec-parts.ts";
import { DELIVERY_COUNT_MAX, type ConsumerGroup, type DeliveryCount } from "./consumer-group.ts";
import type { Consumer } from "./consumer.ts";
import type { GroupPolicy } from "./group-policy.ts";
import { compareStreamIds, STREAM_ID_MAX, STREAM_ID_MIN, type StreamId } from "./stream-id.ts";
import type { StreamGroups } from "./stream-groups.ts";
import { readStreamId, writeStreamId } from "./stream-node-codec.ts";

/** Above every number that a policy may have; in milliseconds it is 34 years. */
const POLICY_NUMBER_MAX = 2 ** 40;
const ALL_IDS = { from: STREAM_ID_MIN, to: STREAM_ID_MAX };

/**
 * The consumer groups of a stream in bytes: how many, then each with its progress, policy, consumers and pending
 * entries (docs/dump-format.md). Cost: O(bytes).
 */
export function writeGroups(writer: ByteWriter, groups: StreamGroups): void {
  const named = groups.named();
  writeNumber(writer, named.length);
  for (const [name, group] of named) {
    writeString(writer, name);
    writeGroup(writer, group);
  }
}

/** Into groups that are empty. Throws MalformedBytes, also for a pending entry that is there twice. */
export function readGroups(reader: ByteReader, groups: StreamGroups): void {
  const count = reader.count();
  for (let index = 0; index < count; index += 1) {
    const name = reader.string();
    const lastDeliveredId = readStreamId(reader);
    const entriesRead = readOptional(reader);
    const group = groups.create(name, { lastDeliveredId, entriesRead });
    if (group === undefined) throw new MalformedBytes("a group twice");
    readGroup(reader, group);
  }
}

function writeGroup(writer: ByteWriter, group: ConsumerGroup): void {
  writeStreamId(writer, group.lastDeliveredId);
  writeOptional(writer, group.entriesRead);
  writePolicy(writer, group.policy);
  const consumers = group.consumers();
  writeNumber(writer, consumers.length);
  for (const consumer of consumers) {
    writeString(writer, consumer.name);
    writeNumber(writer, consumer.seenTimeMs);
    writeOptional(writer, consumer.activeTimeMs);
    writeNumber(writer, consumer.pendingCount);
    group.forEachPending({ ...ALL_IDS, consumer }, ({ id, deliveredAtMs, deliveryCount }) => {
      writeStreamId(writer, id);
      writeNumber(writer, deliveredAtMs);
      writeCount(writer, deliveryCount);
      return true;
    });
  }
  writeNumber(writer, group.unownedCount);
  group.forEachUnowned(({ id, deliveryCount }, putBackAtMs) => {
    writeStreamId(writer, id);
    writeOptional(writer, putBackAtMs);
    writeCount(writer, deliveryCount);
  });
}

function readGroup(reader: ByteReader, group: ConsumerGroup): void {
  // Before the entries: it has a say in their order.
  group.setPolicy(readPolicy(reader));
  const consumers = reader.count();
  for (let index = 0; index < consumers; index += 1) {
    const name = reader.string();
    if (group.consumer(name) !== undefined) throw new MalformedBytes("a consumer twice");
    const consumer = group.createConsumer(name, reader.varint());
    consumer.activeTimeMs = readOptional(reader);
    readPending(reader, group, consumer);
  }
  const unowned = reader.count();
  for (let index = 0; index < unowned; index += 1) {
    const id = readNewId(reader, group);
    const putBackAtMs = readOptional(reader);
    group.putBack(id, readCount(reader), putBackAtMs);
  }
}

/** Of one consumer, by rising id. */
function readPending(reader: ByteReader, group: ConsumerGroup, consumer: Consumer): void {
  const count = reader.count();
  let before: StreamId | undefined;
  for (let index = 0; index < count; index += 1) {
    const id = readNewId(reader, group);
    if (before !== undefined && compareStreamIds(id, before) <= 0) {
      throw new MalformedBytes("pending entries out of order");
    }
    before = id;
    const deliveredAtMs = reader.varint();
    group.claim(id, { consumer, deliveredAtMs, deliveryCount: readCount(reader) });
  }
}

/** An entry has one owner: two would each believe to have it. */
function readNewId(reader: ByteReader, group: ConsumerGroup): StreamId {
  const id = readStreamId(reader);
  if (group.isPending(id)) throw new MalformedBytes("a pending entry twice");
  return id;
}

/** 0 without a policy; else 1, its numbers, and its key in the same way. */
function writePolicy(writer: ByteWriter, policy: GroupPolicy | undefined): void {
  writeNumber(writer, policy === undefined ? 0 : 1);
  if (policy === undefined) return;
  writeOptional(writer, policy.autoclaimMs);
  writeOptional(writer, policy.deliveryLimit);
  writeOptional(writer, policy.consumerTtlMs);
  writeOptional(writer, policy.retryDelayMs);
  writeOptional(writer, policy.maxRetryDelayMs);
  writeNumber(writer, policy.deadLetterKey === undefined ? 0 : 1);
  if (policy.deadLetterKey !== undefined) writeString(writer, policy.deadLetterKey);
}

function readPolicy(reader: ByteReader): GroupPolicy | undefined {
  if (readFlag(reader) === 0) return undefined;
  const policy = {
    autoclaimMs: readOptional(reader),
    deliveryLimit: readOptional(reader),
    consumerTtlMs: readOptional(reader),
    retryDelayMs: readOptional(reader),
    maxRetryDelayMs: readOptional(reader),
    deadLetterKey: readFlag(reader) === 0 ? undefined : own(reader.string()),
  };
  if (!isConsistent(policy)) throw new MalformedBytes("a policy that contradicts itself");
  return policy;
}

/** What XGROUP SETPOLICY lets pass does; and its numbers stay exact when times are added to them. */
function isConsistent(policy: GroupPolicy): boolean {
  const { autoclaimMs, deadLetterKey, deliveryLimit, retryDelayMs, maxRetryDelayMs } = policy;
  const numbers = [autoclaimMs, deliveryLimit, policy.consumerTtlMs, retryDelayMs, maxRetryDelayMs];
  if (numbers.some((number = 1) => number < 1 || number > POLICY_NUMBER_MAX)) return false;
  if (deliveryLimit !== undefined && deadLetterKey === undefined) return false;
  if (retryDelayMs === undefined || maxRetryDelayMs === undefined) {
    return retryDelayMs === maxRetryDelayMs;
  }
  return autoclaimMs !== undefined && retryDelayMs <= maxRetryDelayMs;
}

function readFlag(reader: ByteReader): number {
  const flag = reader.byte();
  if (flag > 1) throw new MalformedBytes("a flag that is neither 0 nor 1");
  return flag;
}

function writeCount(writer: ByteWriter, count: DeliveryCount): void {
  writer.reserve(U64_VARINT_BYTES_MAX);
  writer.u64(count);
}

function readCount(reader: ByteReader): DeliveryCount {
  const count = reader.u64();
  if (count > DELIVERY_COUNT_MAX) throw new MalformedBytes("a delivery count above 2^63-1");
  return count;
}
