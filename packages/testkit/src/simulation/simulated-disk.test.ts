import type { LogEntry } from "@slotcast/control";
import { expect, test } from "vitest";
import { SeededRandom } from "./seeded-random.ts";
import { SimulatedDisk } from "./simulated-disk.ts";
import { VirtualClock } from "./virtual-clock.ts";

function entry(index: number): LogEntry {
  return { index, term: 1, command: { kind: "voters", voters: [`${index}`.padStart(40, "a")] } };
}

const NODE = "b".repeat(40);

function diskWith(seed: number): { clock: VirtualClock; disk: SimulatedDisk } {
  const clock = new VirtualClock();
  const disk = new SimulatedDisk({
    clock,
    random: new SeededRandom(seed),
    writeMs: { low: 1, high: 5 },
    contents: { stored: undefined, savedFacts: undefined, incarnation: 0 },
  });
  return { clock, disk };
}

test("a write is durable when it is done, and not before", () => {
  const { clock, disk } = diskWith(1);
  let isDone = false;
  disk.write({ hardState: { term: 3, votedFor: NODE }, entries: [entry(1)] }, () => {
    isDone = true;
  });
  expect(disk.durable.hardState.term).toBe(0);
  clock.runUntil(10);
  expect(isDone).toBe(true);
  expect(disk.durable).toEqual({ hardState: { term: 3, votedFor: NODE }, entries: [entry(1)] });
});

test("a crash leaves whole records of the write under way, in their order, and never half of one", () => {
  const found = new Set<number>();
  for (let seed = 0; seed < 200; seed += 1) {
    const { clock, disk } = diskWith(seed);
    disk.write({ hardState: { term: 1, votedFor: NODE }, entries: [entry(1)] }, () => {});
    clock.runUntil(10);
    disk.write({ entries: [entry(2), entry(3), entry(4)] }, () => {
      throw new Error("it never ends");
    });
    disk.crash();
    clock.runUntil(20);
    const { entries = [] } = disk.start().stored ?? {};
    expect(entries).toEqual([1, 2, 3, 4].slice(0, entries.length).map(entry));
    found.add(entries.length);
  }
  expect([...found].toSorted((a, b) => a - b)).toEqual([1, 2, 3, 4]);
});

test("each start is another incarnation", () => {
  const { disk } = diskWith(1);
  expect(disk.start().incarnation).toBe(1);
  disk.crash();
  expect(disk.start().incarnation).toBe(2);
});
