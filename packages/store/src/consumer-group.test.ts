import { ascii } from "@slotcast/protocol";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import {
  nextDeliveryCount,
  ConsumerGroup,
  type DeliveryCount,
  type PendingEntry,
} from "./consumer-group.ts";
import { compareStreamIds, STREAM_ID_MAX, STREAM_ID_MIN, type StreamId } from "./stream-id.ts";
import { u64, U64_MAX } from "./u64.ts";

// Goal: who has to acknowledge what, since when and how often told, is the same as in the plainest model of it.

const NAMES = ["ann", "bob", "cid"];
const COUNT_MAX = 2n ** 63n - 1n;

interface ModelEntry {
  id: StreamId;
  consumer: string | undefined;
  /** Of those that are nobody's: when they were put back, in order. */
  time: number;
  count: DeliveryCount;
}

/** A group as plain as can be: a list that is sorted when looked at. */
class Model {
  entries: ModelEntry[] = [];
  consumers = new Set<string>();
  puts = 0;

  find(id: StreamId): ModelEntry | undefined {
    return this.entries.find((entry) => compareStreamIds(entry.id, id) === 0);
  }

  put(entry: ModelEntry): void {
    this.acknowledge(entry.id);
    this.entries.push(entry);
  }

  acknowledge(id: StreamId): boolean {
    const found = this.find(id);
    this.entries = this.entries.filter((entry) => entry !== found);
    return found !== undefined;
  }

  deleteConsumer(name: string): number | undefined {
    if (!this.consumers.delete(name)) return undefined;
    const before = this.entries.length;
    this.entries = this.entries.filter(({ consumer }) => consumer !== name);
    return before - this.entries.length;
  }

  sorted(): ModelEntry[] {
    return this.entries.toSorted((a, b) => compareStreamIds(a.id, b.id));
  }

  byTime(): ModelEntry[] {
    const isOwned = ({ consumer }: ModelEntry): number => (consumer === undefined ? 0 : 1);
    return this.sorted().toSorted((a, b) => isOwned(a) - isOwned(b) || a.time - b.time);
  }
}

function shown({ id, consumer, deliveredAtMs, deliveryCount }: PendingEntry): unknown[] {
  return [id, consumer?.name, deliveredAtMs, deliveryCount];
}

function shownModel({ id, consumer, time, count }: ModelEntry): unknown[] {
  return [id, consumer, consumer === undefined ? Number.NEGATIVE_INFINITY : time, count];
}

function all(group: ConsumerGroup, consumer?: string): unknown[] {
  const found: unknown[] = [];
  const owner = consumer === undefined ? undefined : group.consumer(ascii(consumer));
  const range = { from: STREAM_ID_MIN, to: STREAM_ID_MAX, consumer: owner };
  group.forEachPending(range, (entry) => found.push(shown(entry)) > 0);
  return found;
}

function idle(group: ConsumerGroup, untilMs: number): unknown[] {
  const found: unknown[] = [];
  group.forEachIdle(untilMs, (entry) => found.push(shown(entry)) > 0);
  return found;
}

/** Few enough that operations meet, and some around 2^53 and at the end of 64 bits. */
const part = fc
  .oneof(
    { weight: 8, arbitrary: fc.bigInt(0n, 12n) },
    { weight: 1, arbitrary: fc.bigInt(2n ** 53n - 2n, 2n ** 53n + 4n) },
    { weight: 1, arbitrary: fc.bigInt(U64_MAX - 2n, U64_MAX) },
  )
  .map(u64);
const id = fc.record({ ms: part, seq: part });
const name = fc.constantFrom(...NAMES);
const count: fc.Arbitrary<DeliveryCount> = fc.constantFrom(
  ...[0, 1, 7, 2 ** 32 - 2, 2 ** 32 - 1, 2 ** 32, 2 ** 53 - 1, COUNT_MAX],
);
const operation = fc.oneof(
  fc.record({ do: fc.constant("deliver" as const), id, name, time: fc.nat(50) }),
  fc.record({ do: fc.constant("claim" as const), id, name, time: fc.nat(50), count }),
  fc.record({ do: fc.constant("putBack" as const), id, count }),
  fc.record({ do: fc.constant("acknowledge" as const), id }),
  { arbitrary: fc.record({ do: fc.constant("deleteConsumer" as const), name }), weight: 1 },
);

test("a group knows what its plainest model knows", () => {
  fc.assert(
    fc.property(fc.array(operation, { maxLength: 120 }), id, fc.nat(50), (operations, from, at) => {
      const group = new ConsumerGroup({ lastDeliveredId: STREAM_ID_MIN, entriesRead: 0 });
      const model = new Model();
      const consumer = (text: string) => {
        model.consumers.add(text);
        return group.consumer(ascii(text)) ?? group.createConsumer(ascii(text), 0);
      };
      for (const step of operations) {
        if (step.do === "deliver") {
          group.deliver(step.id, consumer(step.name), step.time);
          model.put({ id: step.id, consumer: step.name, time: step.time, count: 1 });
        } else if (step.do === "claim") {
          const owner = consumer(step.name);
          group.claim(step.id, {
            consumer: owner,
            deliveredAtMs: step.time,
            deliveryCount: step.count,
          });
          model.put({ id: step.id, consumer: step.name, time: step.time, count: step.count });
        } else if (step.do === "putBack") {
          group.putBack(step.id, step.count);
          model.puts += 1;
          model.put({ id: step.id, consumer: undefined, time: model.puts, count: step.count });
        } else if (step.do === "acknowledge") {
          expect(group.isPending(step.id)).toBe(model.find(step.id) !== undefined);
          expect(group.acknowledge(step.id)).toBe(model.acknowledge(step.id));
        } else {
          expect(group.deleteConsumer(ascii(step.name))).toBe(model.deleteConsumer(step.name));
        }
      }
      const sorted = model.sorted();
      expect(all(group)).toEqual(sorted.map(shownModel));
      expect(group.pendingCount).toBe(sorted.length);
      expect(group.unownedCount).toBe(sorted.filter((e) => e.consumer === undefined).length);
      expect(group.consumers().map((each) => each.name)).toEqual([...model.consumers].sort());
      for (const each of group.consumers()) {
        const own = sorted.filter((entry) => entry.consumer === each.name);
        expect(all(group, each.name)).toEqual(own.map(shownModel));
        expect(each.pendingCount).toBe(own.length);
      }
      const byTime = model.byTime();
      const untilAt = byTime.filter((e) => e.consumer === undefined || e.time <= at);
      expect(idle(group, at)).toEqual(untilAt.map(shownModel));
      const [oldest] = byTime.map(shownModel);
      expect(group.oldestDeliveryMs()).toBe(oldest?.[2]);
      const next = sorted.find((entry) => compareStreamIds(entry.id, from) >= 0);
      const found = group.firstPendingFrom(from);
      expect(found && shown(found)).toEqual(next && shownModel(next));
      expect(group.pendingBounds()).toEqual(
        sorted.length === 0 ? undefined : [sorted[0]?.id, sorted.at(-1)?.id],
      );
    }),
    { numRuns: 400 },
  );
});

test("ten thousand entries come and go in any order, over the pages of the slab", () => {
  const group = new ConsumerGroup({ lastDeliveredId: STREAM_ID_MIN, entriesRead: 0 });
  const idAt = (index: number): StreamId => ({ ms: 1_700_000_000_000 + index, seq: index % 3 });
  for (let round = 0; round < 3; round += 1) {
    const reader = group.createConsumer(ascii("ann"), 0);
    for (let index = 0; index < 10_000; index += 1) group.deliver(idAt(index), reader, index);
    expect(group.pendingCount).toBe(10_000);
    // 7919 is a prime: every index once, far from the one before.
    for (let step = 0; step < 9900; step += 1) {
      expect(group.acknowledge(idAt((step * 7919) % 10_000))).toBe(true);
    }
    const left = Array.from({ length: 100 }, (_, step) => ((9900 + step) * 7919) % 10_000);
    expect(all(group).length).toBe(100);
    for (const index of left) {
      expect(group.find(idAt(index))).toMatchObject({ id: idAt(index), deliveredAtMs: index });
    }
    expect(group.deleteConsumer(ascii("ann"))).toBe(100);
    expect(group.pendingCount).toBe(0);
    expect(idle(group, Infinity)).toEqual([]);
  }
});

test("a delivery count stops at the last 64-bit number", () => {
  expect(nextDeliveryCount(0)).toBe(1);
  expect(nextDeliveryCount(2 ** 53 - 1)).toBe(2n ** 53n);
  expect(nextDeliveryCount(COUNT_MAX - 1n)).toBe(COUNT_MAX);
  expect(nextDeliveryCount(COUNT_MAX)).toBe(COUNT_MAX);
});
