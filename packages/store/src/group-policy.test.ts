import { ascii } from "@slotcast/protocol";
import { expect, test } from "vitest";
import { ConsumerGroup } from "./consumer-group.ts";
import { idleShiftMs, retryDelayOf, type GroupPolicy } from "./group-policy.ts";
import { STREAM_ID_MIN } from "./stream-id.ts";

// Goal: a retry delay decides when an entry counts as idle, and nothing else.

const NOTHING: GroupPolicy = {
  autoclaimMs: undefined,
  deliveryLimit: undefined,
  deadLetterKey: undefined,
  consumerTtlMs: undefined,
  retryDelayMs: undefined,
  maxRetryDelayMs: undefined,
};
const DELAYED: GroupPolicy = {
  ...NOTHING,
  autoclaimMs: 100,
  retryDelayMs: 50,
  maxRetryDelayMs: 1000,
};

test.each([
  [0, 50],
  [1, 50],
  [2, 100],
  [5, 800],
  [6, 1000],
  [2n ** 63n - 1n, 1000],
])("after %s deliveries the delay is %i ms", (count, delayMs) => {
  expect(retryDelayOf(DELAYED, count)).toBe(delayMs);
  expect(retryDelayOf(NOTHING, count)).toBe(0);
  expect(retryDelayOf(undefined, count)).toBe(0);
});

test("an idle entry waits for the longer of the two times, one that was put back for its delay", () => {
  const shift = (isNobodys: boolean, deliveryCount: number): number =>
    idleShiftMs(DELAYED, { isNobodys, deliveryCount });
  expect([shift(false, 1), shift(false, 2), shift(false, 3)]).toEqual([0, 0, 100]);
  expect([shift(true, 1), shift(true, 2), shift(true, 3)]).toEqual([-50, 0, 100]);
});

function idleAt(group: ConsumerGroup, nowMs: number): string[] {
  const found: string[] = [];
  group.forEachIdle(nowMs - 100, ({ id }) => found.push(String(id.ms)) > 0);
  return found;
}

test("entries are idle in the order in which they may be offered, and keep their delivery times", () => {
  const group = new ConsumerGroup({ lastDeliveredId: STREAM_ID_MIN, entriesRead: 0 });
  const consumer = group.createConsumer(ascii("ann"), 0);
  const claim = (ms: number, deliveredAtMs: number, deliveryCount: number): void => {
    group.claim({ ms, seq: 0 }, { consumer, deliveredAtMs, deliveryCount });
  };
  group.setPolicy(DELAYED);
  claim(1, 10_000, 4); // until 10,400
  claim(2, 10_001, 1); // until 10,101
  group.putBack({ ms: 3, seq: 0 }, 1, 10_002); // until 10,052
  group.putBack({ ms: 4, seq: 0 }, 1); // at once
  expect(idleAt(group, 10_051)).toEqual(["4"]);
  expect(idleAt(group, 10_052)).toEqual(["4", "3"]);
  expect(idleAt(group, 10_101)).toEqual(["4", "3", "2"]);
  expect(idleAt(group, 10_399)).toEqual(["4", "3", "2"]);
  expect(idleAt(group, 10_400)).toEqual(["4", "3", "2", "1"]);
  expect(group.find({ ms: 1, seq: 0 })?.deliveredAtMs).toBe(10_000);
  group.acknowledge({ ms: 4, seq: 0 });
  expect(group.oldestDeliveryMs()).toBe(10_052 - 100);
  group.setPolicy({ ...DELAYED, maxRetryDelayMs: 50 });
  expect(idleAt(group, 10_101)).toEqual(["3", "1", "2"]);
  group.setPolicy(undefined);
  expect(idleAt(group, 10_100)).toEqual(["3", "1"]);
  expect(group.find({ ms: 1, seq: 0 })?.deliveredAtMs).toBe(10_000);
  expect(group.oldestDeliveryMs()).toBe(-Infinity);
});
