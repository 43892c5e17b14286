/**
 * What a million pending entries of one group cost: bytes an entry, nanoseconds an operation, and milliseconds to
 * find the idle ones among them. redis-server 7.0.15 takes 84 to 87 bytes (used_memory; ten consumers, 100,000 each
 * in a row; four consumers, 50 in turn).
 * Run: node --expose-gc packages/store/bench/consumer-group.ts
 */
import { ascii } from "@slotcast/protocol";
import { ConsumerGroup } from "../src/consumer-group.ts";
import { STREAM_ID_MIN, type StreamId } from "../src/stream-id.ts";

const ENTRIES = 1_000_000;
const CONSUMERS = 10;
const START_MS = 1_700_000_000_000;
const NOW_MS = START_MS + 10_000_000;

/** Eight entries a millisecond. */
function idAt(index: number): StreamId {
  return { ms: START_MS + (index >> 3), seq: index & 7 };
}

function measure(what: string, operations: number, run: () => void): void {
  const startedMs = performance.now();
  run();
  const ms = performance.now() - startedMs;
  const each = ((ms * 1e6) / operations).toFixed(0);
  console.log(`${what.padEnd(44)} ${ms.toFixed(1).padStart(8)} ms ${each.padStart(6)} ns each`);
}

function usedBytes(): number {
  globalThis.gc?.();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

/** Far from each other, each once: the step is a prime. */
function scattered(index: number): number {
  return (index * 7_919_993) % ENTRIES;
}

for (let round = 0; round < 2; round += 1) {
  const group = new ConsumerGroup({ lastDeliveredId: STREAM_ID_MIN, entriesRead: 0 });
  const consumers = Array.from({ length: CONSUMERS }, (_, index) =>
    group.createConsumer(ascii(`consumer-${index}`), START_MS),
  );
  const before = usedBytes();
  measure("deliver", ENTRIES, () => {
    for (let index = 0; index < ENTRIES; index += 1) {
      const consumer = consumers[index % CONSUMERS];
      if (consumer !== undefined) group.deliver(idAt(index), consumer, NOW_MS + (index >> 6));
    }
  });
  console.log(`bytes a pending entry: ${((usedBytes() - before) / ENTRIES).toFixed(1)}`);
  const [first] = consumers;
  if (first === undefined) break;
  measure("claim 100 here and there, idle", 100, () => {
    for (let index = 0; index < 100; index += 1) {
      const pending = { consumer: first, deliveredAtMs: START_MS, deliveryCount: 2 };
      group.claim(idAt(scattered(index)), pending);
    }
  });
  measure("find the 100 idle ones among a million", 100, () => {
    let found = 0;
    group.forEachIdle(START_MS, () => (found += 1) > 0);
    if (found !== 100) throw new Error(`found ${found}`);
  });
  measure("acknowledge half, in order", ENTRIES / 2, () => {
    for (let index = 0; index < ENTRIES / 2; index += 1) group.acknowledge(idAt(index));
  });
  measure("acknowledge the rest, in any order", ENTRIES / 2, () => {
    for (let index = 0; index < ENTRIES; index += 1) group.acknowledge(idAt(scattered(index)));
  });
  if (group.pendingCount !== 0) throw new Error(`${group.pendingCount} left`);
  console.log(`bytes an entry afterwards: ${((usedBytes() - before) / ENTRIES).toFixed(1)}\n`);
}
