/**
 * What a list costs: nanoseconds an operation, bytes an element. Run:
 * node --expose-gc --max-semi-space-size=8 packages/store/bench/list.ts
 */
import { fromBuffer, slice, type Bytes } from "@slotcast/protocol";
import { List } from "../src/list.ts";

const OPERATIONS = 2_000_000;
/** Elements reach a list as views of the chunk that the socket read: measure with such. */
const chunk = fromBuffer(Buffer.alloc(64 * 1024, "0123456789abcdefghijklmnopqrstuvwxyz"));

function viewOf(index: number, sizeBytes: number): Bytes {
  const at = (index * 7) & 0x7fff;
  return slice(chunk, at, at + sizeBytes);
}

function measure(name: string, run: (index: number) => void): void {
  for (let index = 0; index < OPERATIONS / 10; index += 1) run(index);
  const startedAt = performance.now();
  for (let index = 0; index < OPERATIONS; index += 1) run(index);
  const nanoseconds = ((performance.now() - startedAt) * 1e6) / OPERATIONS;
  console.log(`${name.padEnd(44)} ${nanoseconds.toFixed(0).padStart(6)} ns`);
}

const list = new List();
globalThis.gc?.();
const before = process.memoryUsage();
for (let index = 0; index < 1_000_000; index += 1) list.pushTail(viewOf(index, 64));
globalThis.gc?.();
const after = process.memoryUsage();
const kept = `${((after.rss - before.rss) / list.length).toFixed(1)} B of RSS`;
console.log(
  `64 B: ${kept}, ${((after.heapUsed - before.heapUsed) / list.length).toFixed(1)} B of heap an element`,
);

let visited = 0;
const startedAt = performance.now();
for (let run = 0; run < 10_000; run += 1)
  list.forEachInRange({ start: 5000, stop: 5099 }, () => (visited += 1));
console.log(
  `range of 100 at 5000: ${((performance.now() - startedAt) / 10).toFixed(1)} µs (${visited} visited)`,
);

/** Where the nearer end is farthest. */
const middle = list.length / 2;
const absent = viewOf(1, 63);
const EDITS = {
  "at the middle": () => list.at(middle),
  "set the middle": () => list.set(middle, viewOf(2, 64)),
  "insert in the middle": () => list.insert(middle, viewOf(3, 64)),
  "remove what is not there": () => list.remove(absent, { from: "head", countMax: 1 }),
};
for (const [name, edit] of Object.entries(EDITS)) {
  const from = performance.now();
  for (let run = 0; run < 200; run += 1) edit();
  const microseconds = ((performance.now() - from) * 1000) / 200;
  console.log(`${name.padEnd(44)} ${microseconds.toFixed(1).padStart(6)} µs of a million`);
}

for (const sizeBytes of [3, 64]) {
  const long = new List();
  measure(`${sizeBytes} B: pushHead, growing`, (index) => long.pushHead(viewOf(index, sizeBytes)));
  measure(`${sizeBytes} B: popTail, shrinking`, () => long.popTail());
  for (const length of [1, 10, 1000]) {
    const queue = new List();
    for (let index = 0; index < length; index += 1) queue.pushTail(viewOf(index, sizeBytes));
    measure(`${sizeBytes} B: pushTail + popHead, ${length} in between`, (index) => {
      queue.pushTail(viewOf(index, sizeBytes));
      queue.popHead();
    });
    measure(`${sizeBytes} B: pushHead + popHead, on ${length}`, (index) => {
      queue.pushHead(viewOf(index, sizeBytes));
      queue.popHead();
    });
  }
}
