import { getHeapSpaceStatistics, getHeapStatistics } from "node:v8";
import { ascii } from "@slotcast/protocol";
import { usedMemoryBytes } from "../../used-memory.ts";
import type { CommandContext } from "../handler.ts";
import { humanBytes } from "./info-field.ts";

/** Below this there is hardly more than the program itself, and ratios say nothing. */
const TELLING_BYTES_MIN = 50 * 1024 * 1024;
const PEAK_RATIO_MAX = 1.5;
/** V8 keeps room for its next collections; more than this is worth a look. */
const RSS_RATIO_MAX = 2;
/** Collections come often and take long from here on; at 1 the process ends. */
const HEAP_RATIO_MAX = 0.8;

/** MEMORY DOCTOR: what is remarkable about this node's memory, in words. */
export function memoryDoctor({ broker, reply }: CommandContext): void {
  const used = usedMemoryBytes();
  const rss = process.memoryUsage.rss();
  const { used_heap_size: heap, heap_size_limit: heapMax } = getHeapStatistics();
  const findings: string[] = [];
  if (heap > heapMax * HEAP_RATIO_MAX) {
    findings.push(
      `The heap holds ${humanBytes(heap)} of the ${humanBytes(heapMax)} it may grow to, and the process ends there. ` +
        "Start it with a greater --max-old-space-size, or hold less.",
    );
  }
  if (used > TELLING_BYTES_MIN && broker.stats.peakMemoryBytes > used * PEAK_RATIO_MAX) {
    findings.push(
      `There was a peak of ${humanBytes(broker.stats.peakMemoryBytes)}; now it is ${humanBytes(used)}. ` +
        "V8 gives memory back little by little, so the system may still show more.",
    );
  }
  if (used > TELLING_BYTES_MIN && rss > used * RSS_RATIO_MAX) {
    findings.push(
      `The process takes ${humanBytes(rss)} for ${humanBytes(used)} in use: garbage just collected, or Buffers in flight. ` +
        "If it stays so, look at the output buffers in CLIENT LIST.",
    );
  }
  const text = findings.length === 0 ? ["Nothing remarkable about memory."] : findings;
  reply.verbatim(ascii(`${text.join("\n")}\n`));
}

/** MEMORY MALLOC-STATS: the spaces of V8's heap. */
export function memoryMallocStats({ reply }: CommandContext): void {
  const rows = getHeapSpaceStatistics().map((space) => [
    space.space_name,
    String(space.space_used_size),
    String(space.space_size),
    String(space.space_available_size),
  ]);
  const lines = [["space", "used", "committed", "available"], ...rows].map(
    ([name = "", ...numbers]) =>
      name.padEnd(24) + numbers.map((number) => number.padStart(14)).join(""),
  );
  reply.verbatim(ascii(`${lines.join("\n")}\n`));
}

/** MEMORY PURGE: nothing is held back that could be given away; V8 returns pages after its collections. */
export function memoryPurge({ reply }: CommandContext): void {
  reply.ok();
}
