/**
 * How good the estimates of value-size.ts are: what a collection finds beside what they say. Run:
 * node --expose-gc packages/store/bench/value-size.ts
 */
import { ascii, fromBuffer, type Bytes } from "@slotcast/protocol";
import { List } from "../src/list.ts";
import type { Value } from "../src/key-table.ts";
import { Keyspace } from "../src/keyspace.ts";
import { MemberSet } from "../src/member-set.ts";
import { Stream } from "../src/stream.ts";
import { entrySizeBytes, valueSizeBytes } from "../src/value-size.ts";

const ELEMENTS = 200_000;
const nodeLimits = { nodeEntriesMax: 100, nodeBytesMax: 4096 };
const setOptions = { intsetEntriesMax: 512, hashSeed: { low: 1, high: 2 } };

function bytesOf(length: number, index: number): Bytes {
  return fromBuffer(Buffer.from(String(index).padStart(length, "x"), "latin1"));
}

function heldBytes(): number {
  globalThis.gc?.();
  globalThis.gc?.();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

function compare(name: string, count: number, make: (index: number) => Value): void {
  const before = heldBytes();
  const values = Array.from({ length: count }, (_, index) => make(index));
  const real = (heldBytes() - before) / count;
  const estimate = values.reduce((sum, value) => sum + valueSizeBytes(value), 0) / count;
  show(name, estimate, real);
}

function show(name: string, estimate: number, real: number): void {
  const error = ((estimate / real - 1) * 100).toFixed(0).padStart(5);
  const [told, found] = [estimate, real].map((value) => value.toFixed(0).padStart(12));
  console.log(`${name.padEnd(36)} ${told} told ${found} found ${error} %`);
}

for (const length of [10, 64]) {
  const table = new Keyspace({ tables: 1, hashSeed: setOptions.hashSeed }).table(0);
  const before = heldBytes();
  for (let index = 0; index < ELEMENTS; index += 1) {
    table.set(bytesOf(16, index), bytesOf(length, index));
    table.expireAt(bytesOf(16, index), 1_700_000_000_000 + index);
  }
  const real = (heldBytes() - before) / ELEMENTS;
  show(
    `key of 16 B, string of ${length} B, expiry`,
    entrySizeBytes(table, bytesOf(16, 0)) ?? 0,
    real,
  );
}

for (const count of [1, 20, 1000, 100_000]) {
  for (const length of [8, 64, 200]) {
    compare(`list of ${count} × ${length} B`, ELEMENTS / count, () => {
      const list = new List();
      for (let index = 0; index < count; index += 1) list.pushTail(bytesOf(length, index));
      return list;
    });
    compare(`set of ${count} × ${length} B`, ELEMENTS / count, () => {
      const set = new MemberSet(setOptions);
      for (let index = 0; index < count; index += 1) set.add(bytesOf(length, index));
      return set;
    });
    compare(`stream of ${count} × ${length} B`, ELEMENTS / count, () => {
      const stream = new Stream(nodeLimits);
      for (let index = 1; index <= count; index += 1) {
        stream.append(
          { ms: 1_700_000_000_000, seq: index },
          [ascii("f"), bytesOf(length, index)],
          0,
        );
      }
      return stream;
    });
  }
}
