import { ascii, type Bytes } from "@slotcast/protocol";
import type { ConsumerGroup } from "./consumer-group.ts";
import { List } from "./list.ts";
import { MemberSet } from "./member-set.ts";
import { STREAM_ID_MAX, STREAM_ID_MIN, type StreamId } from "./stream-id.ts";
import { Stream } from "./stream.ts";
import type { ValueSurroundings } from "./value-codec.ts";

// Values for tests of what takes a value as a whole: payloads, copies, sizes.

export const SURROUNDINGS: ValueSurroundings = {
  streamNodeLimits: { nodeEntriesMax: 3, nodeBytesMax: 4096 },
  memberSetOptions: { intsetEntriesMax: 512, hashSeed: { low: 1, high: 2 } },
};

export const ALL_ENTRIES = {
  ...{ from: STREAM_ID_MIN, to: STREAM_ID_MAX },
  ...{ reverse: false, countMax: Infinity },
};

export function listOf(elements: readonly Bytes[]): List {
  const list = new List();
  for (const element of elements) list.pushTail(element);
  return list;
}

export function setOf(members: readonly Bytes[]): MemberSet {
  const set = new MemberSet(SURROUNDINGS.memberSetOptions);
  for (const member of members) set.add(member);
  return set;
}

/** Entries 1-1 to 1-5, of which 1-2 was deleted; a group with all there is; what two producers sent. */
export function sampleStream(): Stream {
  const stream = new Stream(SURROUNDINGS.streamNodeLimits);
  for (let seq = 1; seq <= 5; seq += 1) {
    const fields = seq === 4 ? ["g", "w", "h", "x"] : ["f", `v${seq}`];
    stream.append(idAt(seq), fields.map(ascii), 0);
  }
  stream.delete(idAt(2));
  const group = stream.groups.create(ascii("workers"), {
    lastDeliveredId: idAt(5),
    entriesRead: 5,
  });
  stream.groups.create(ascii("idle"), { lastDeliveredId: STREAM_ID_MIN, entriesRead: undefined });
  if (group !== undefined) fillGroup(group);
  stream.idempotence.record(ascii("p"), ascii("m1"), idAt(1), 0);
  stream.idempotence.record(ascii("q"), ascii("m1"), idAt(3), 0);
  stream.idempotence.record(ascii("p"), ascii("m2"), idAt(4), 0);
  return stream;
}

function fillGroup(group: ConsumerGroup): void {
  group.setPolicy({
    ...{ autoclaimMs: 1000, deliveryLimit: 5, deadLetterKey: ascii("dead") },
    ...{ consumerTtlMs: undefined, retryDelayMs: 100, maxRetryDelayMs: 800 },
  });
  const anna = group.createConsumer(ascii("anna"), 5000);
  const bert = group.createConsumer(ascii("bert"), 6000);
  anna.activeTimeMs = 4000;
  group.deliver(idAt(1), anna, 4000);
  group.claim(idAt(2), { consumer: bert, deliveredAtMs: 3000, deliveryCount: 2n ** 63n - 1n });
  group.putBack(idAt(4), 3);
  group.putBack(idAt(3), 1, 2000);
}

function idAt(seq: number): StreamId {
  return { ms: 1, seq };
}

/** Everything that can be asked of a stream, for comparing. */
export function describeStream(stream: Stream): unknown {
  const entries: unknown[] = [];
  stream.forEachInRange(ALL_ENTRIES, (id, fields) => entries.push([id, fields]));
  const { entriesAdded, firstId, lastId, length, maxDeletedId, nodeCount } = stream;
  return {
    ...{ entries, entriesAdded, firstId, lastId, length, maxDeletedId, nodeCount },
    idempotence: [...(stream.idempotenceParts?.windows ?? [])].map(([name, window]) => [
      ...[name, ...window],
    ]),
    idempotenceStats: stream.idempotenceStats(0),
    groups: stream.groups.named().map(([name, group]) => [name, describeGroup(group)]),
  };
}

function describeGroup(group: ConsumerGroup): unknown {
  const { lastDeliveredId, entriesRead, policy, pendingCount, unownedCount } = group;
  const pending: unknown[] = [];
  group.forEachPending(ALL_ENTRIES, ({ consumer, ...entry }) => {
    pending.push({ ...entry, consumer: consumer?.name });
    return true;
  });
  const idle: StreamId[] = [];
  group.forEachIdle(Infinity, ({ id }) => idle.push(id) > 0);
  const unowned: unknown[] = [];
  group.forEachUnowned(({ id }, putBackAtMs) => unowned.push([id, putBackAtMs]));
  return {
    ...{ lastDeliveredId, entriesRead, policy, pendingCount, unownedCount, pending, idle, unowned },
    consumers: group
      .consumers()
      .map(({ name, seenTimeMs, activeTimeMs, pendingCount: count }) => [
        ...[name, seenTimeMs, activeTimeMs, count],
      ]),
  };
}
