/**
 * What a stream costs: nanoseconds an operation, bytes an entry.
 * Run: node --expose-gc --max-semi-space-size=8 packages/store/bench/stream.ts (the default lets the young
 * generation grow to 100 MB, which then is in RSS)
 */
import { ascii, fromBuffer, slice, type Bytes } from "@slotcast/protocol";
import { STREAM_ID_MAX, STREAM_ID_MIN, type StreamId } from "../src/stream-id.ts";
import { Stream } from "../src/stream.ts";

const LIMITS = { nodeEntriesMax: 100, nodeBytesMax: 4096 };
const ENTRIES = 500_000;
const EXACT = { approximate: false, limit: undefined };
const APPROXIMATE = { approximate: true, limit: undefined };
/** Values reach a stream as views of the chunk that the socket read: measure with such. */
const chunk = fromBuffer(Buffer.alloc(64 * 1024, "0123456789abcdefghijklmnopqrstuvwxyz"));
const startMs = 1_700_000_000_000;

function requestOf(index: number, valueBytes: number): Bytes[] {
  const at = (index * 7) & 0x7fff;
  return [
    ascii("XADD"),
    ascii("key"),
    ascii("*"),
    ascii("f"),
    slice(chunk, at + 10, at + 10 + valueBytes),
  ];
}

/** Eight entries a millisecond. */
function add(stream: Stream, index: number, valueBytes: number): void {
  const id = stream.nextAutoId(startMs + (index >> 3));
  if (id !== undefined) stream.append(id, requestOf(index, valueBytes), 3);
}

function filled(entries: number, valueBytes: number): Stream {
  const stream = new Stream(LIMITS);
  for (let index = 0; index < entries; index += 1) add(stream, index, valueBytes);
  return stream;
}

function report(name: string, startedAt: number, times: number): void {
  const nanoseconds = ((performance.now() - startedAt) * 1e6) / times;
  console.log(`${name.padEnd(52)} ${nanoseconds.toFixed(0).padStart(8)} ns`);
}

function measure(name: string, times: number, run: (index: number) => void): void {
  const startedAt = performance.now();
  for (let index = 0; index < times; index += 1) run(index);
  report(name, startedAt, times);
}

globalThis.gc?.();
const before = process.memoryUsage();
const startedAt = performance.now();
const stream = filled(ENTRIES, 64);
report("append, 64 B, cold", startedAt, ENTRIES);
globalThis.gc?.();
const after = process.memoryUsage();
const megabytes = (bytes: number) => `${(bytes / 1e6).toFixed(1)} MB`;
console.log(
  `${ENTRIES} entries of 64 B: ${megabytes(after.rss - before.rss)} of RSS,`,
  `${megabytes(after.heapUsed - before.heapUsed)} of heap, ${stream.nodeCount} nodes`,
);

for (const valueBytes of [3, 64, 1024]) {
  const target = new Stream(LIMITS);
  measure(`append, ${valueBytes} B`, 300_000, (index) => add(target, index, valueBytes));
}
for (const [name, options] of [
  ["=", EXACT],
  ["~", APPROXIMATE],
] as const) {
  const target = new Stream(LIMITS);
  measure(`append, 64 B, and MAXLEN ${name} 1000`, 500_000, (index) => {
    add(target, index, 64);
    target.trimByLength(1000, options);
  });
}

let visited = 0;
const visit = (_id: StreamId, fields: readonly Bytes[]) => (visited += fields.length);
for (const countMax of [1, 100]) {
  for (const reverse of [false, true]) {
    const range = { from: STREAM_ID_MIN, to: STREAM_ID_MAX, reverse, countMax };
    const name = `range of ${countMax} from the ${reverse ? "newest" : "oldest"}`;
    measure(name, 200_000 / countMax, () => stream.forEachInRange(range, visit));
  }
}
measure("range of 100 in the middle", 2000, (index) => {
  const from = { ms: startMs + ((index * 31) & 0x7fff), seq: 0 };
  stream.forEachInRange({ from, to: STREAM_ID_MAX, reverse: false, countMax: 100 }, visit);
});
const reader = new Stream(LIMITS);
measure("append, 64 B, and read it", 500_000, (index) => {
  const from = reader.lastId;
  add(reader, index, 64);
  const range = { from: { ms: from.ms, seq: 0 }, to: STREAM_ID_MAX, reverse: false, countMax: 10 };
  reader.forEachInRange(range, visit);
});
measure("delete in the middle", 100_000, (index) => {
  stream.delete({ ms: startMs + ((index * 617) % 60_000), seq: index & 7 });
});
measure("delete the oldest", 100_000, () => stream.delete(stream.firstId));
console.log(`${visited} strings visited, ${stream.length} entries left`);
