/**
 * What sets cost: nanoseconds an operation, bytes with everything around them. Run:
 * node --expose-gc --max-semi-space-size=8 packages/store/bench/set.ts
 */
import { ascii, fromBuffer, slice, type Bytes } from "@slotcast/protocol";
import { MemberSet, type MemberSetOptions } from "../src/member-set.ts";

const OPTIONS: MemberSetOptions = { intsetEntriesMax: 512, hashSeed: { low: 1, high: 2 } };

/** Members reach a set as views of the chunk that the socket read: measure with such. */
function viewsOf(count: number, text: (index: number) => string): Bytes[] {
  const views: Bytes[] = [];
  for (let first = 0; first < count; first += 1000) {
    const texts = Array.from({ length: Math.min(1000, count - first) }, (_, at) =>
      text(first + at),
    );
    const chunk = fromBuffer(Buffer.from(texts.join(""), "latin1"));
    let at = 0;
    for (const { length } of texts) {
      views.push(slice(chunk, at, at + length));
      at += length;
    }
  }
  return views;
}

/** Buffers are given back only after a collection and a turn. */
async function collect(): Promise<void> {
  for (let time = 0; time < 3; time += 1) {
    globalThis.gc?.();
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
  }
}

async function measureMemory(
  name: string,
  make: () => { readonly kept: unknown; readonly members: number },
): Promise<void> {
  await collect();
  const before = process.memoryUsage();
  const { kept, members } = make();
  await collect();
  const after = process.memoryUsage();
  const used = after.heapUsed + after.external - before.heapUsed - before.external;
  const perMember = (used / members).toFixed(1);
  console.log(
    `${name.padEnd(44)} ${(used / 1e6).toFixed(1).padStart(6)} MB, ${perMember} B a member, RSS ${((after.rss - before.rss) / 1e6).toFixed(0)} MB`,
  );
  if (kept === undefined) throw new Error("nothing was kept");
}

function sets(count: number, size: number, text: (index: number) => string) {
  const made = new Map<Bytes, MemberSet>();
  for (let number = 0; number < count; number += 1) {
    const set = new MemberSet(OPTIONS);
    for (let index = 0; index < size; index += 1) set.add(ascii(text(number * size + index)));
    made.set(ascii(`key:${String(number).padStart(8, "0")}`), set);
  }
  return { kept: made, members: count * size };
}

const digits = (width: number) => (index: number) => String(index).padStart(width, "0");

await measureMemory("100,000 sets of 10 members of 8 bytes", () => sets(100_000, 10, digits(8)));
await measureMemory("100,000 sets of 10 integers below 1000", () =>
  sets(100_000, 10, (index) => String(index % 1000)),
);
await measureMemory("100,000 sets of 1 member of 8 bytes", () => sets(100_000, 1, digits(8)));
await measureMemory("10,000 sets of 100 members of 8 bytes", () => sets(10_000, 100, digits(8)));
await measureMemory("10,000 sets of 33 members of 8 bytes", () => sets(10_000, 33, digits(8)));
await measureMemory("10,000 sets of 3 members of 200 bytes", () => sets(10_000, 3, digits(200)));
await measureMemory("1,000 sets of 500 integers", () => sets(1000, 500, String));
await measureMemory("1,000 sets of 1000 integers", () => sets(1000, 1000, String));
await measureMemory("1 set of 1,000,000 members of 10 bytes", () => sets(1, 1_000_000, digits(10)));
await measureMemory("1 set of 1,000,000 members of 36 bytes", () => sets(1, 1_000_000, digits(36)));
await measureMemory("1 set of 100,000 members of 300 bytes", () => sets(1, 100_000, digits(300)));

function measure(name: string, times: number, run: (index: number) => void): void {
  let slowest = 0;
  const startedAt = performance.now();
  for (let index = 0; index < times; index += 1000) {
    const at = performance.now();
    for (let step = index; step < index + 1000; step += 1) run(step);
    slowest = Math.max(slowest, performance.now() - at);
  }
  const nanoseconds = ((performance.now() - startedAt) * 1e6) / times;
  console.log(
    `${name.padEnd(44)} ${nanoseconds.toFixed(0).padStart(6)} ns, slowest 1000: ${slowest.toFixed(1)} ms`,
  );
}

for (const [name, size, text] of [
  ["20 B", 1_000_000, digits(20)],
  ["10 B", 1_000_000, digits(10)],
  ["integers", 500, String],
  ["8 B, small set", 30, digits(8)],
] as const) {
  const members = viewsOf(size, text);
  const set = new MemberSet(OPTIONS);
  const at = (index: number): Bytes => members[(index * 7919) % size] as Bytes; // below size
  const times = 1_000_000;
  if (size === times) {
    measure(`${name}: add, growing to ${size}`, times, (index) => set.add(at(index)));
  } else {
    for (const member of members) set.add(member);
  }
  measure(`${name}: add what is there`, times, (index) => set.add(at(index)));
  measure(`${name}: has`, times, (index) => set.has(at(index)));
  measure(`${name}: random`, times, () => set.randomMember(Math.random));
  measure(`${name}: delete and add`, times, (index) => {
    set.delete(at(index));
    set.add(at(index));
  });
  if (size === times) {
    measure(`${name}: scan, 10 at a time`, 100_000, () => {
      let from = 0;
      from = set.scan({ from, countMax: 10 }, () => {}) ?? 0;
    });
    measure(`${name}: pop until empty`, times, () => set.delete(set.randomMember(Math.random)));
  }
}
