import { ascii } from "@slotcast/protocol";
import type { Broker } from "../../broker.ts";
import type { LatencyEvent, LatencySample, LatencySeries } from "../../latency-monitor.ts";
import type { CommandContext } from "../handler.ts";

const OFF =
  'Nothing is watched: the latency monitor is off. "CONFIG SET latency-monitor-threshold <milliseconds>" turns it on.\n';
const WELL = "Nothing took longer than latency-monitor-threshold. There is nothing to treat.\n";

/** What each event hints at. Texts of our own: what helps a Redis (forks, AOF, huge pages) does not help us. */
const ADVICE: Readonly<Record<LatencyEvent, (broker: Broker) => readonly string[]>> = {
  command: (broker) => [
    slowlogAdvice(broker),
    "Commands that look at many elements hold up everybody: take less at a time (COUNT, SCAN instead of KEYS).",
  ],
  "fast-command": () => [
    "Commands of little work took long, so the process did not get to run: is the machine busy? See the event 'gc', and 'redis-cli --intrinsic-latency 100' on this machine.",
  ],
  "expire-cycle": () => ["Many keys expire in the same moment: spread their times to live."],
  "eviction-cycle": () => [
    "Much has to be evicted at once: maxmemory was lowered, or a command needs much memory. Leave more room.",
  ],
  gc: () => [
    "V8 collects garbage for long: the heap is large or full. Fewer and larger values help, and a larger young generation (NODE_OPTIONS=--max-semi-space-size=64).",
  ],
};

/** LATENCY DOCTOR: what was observed, and what may help, for people. */
export function latencyDoctor({ broker, nowMs, reply }: CommandContext): void {
  reply.verbatim(ascii(report(broker, Math.floor(nowMs / 1000))));
}

function report(broker: Broker, nowSeconds: number): string {
  const { events, thresholdMs } = broker.latency;
  if (events.length === 0) return thresholdMs === 0 ? OFF : WELL;
  const findings = events.map(
    ([event, series], index) => `${index + 1}. ${describe(event, series, nowSeconds)}\n`,
  );
  const advice = events.flatMap(([event]) => ADVICE[event](broker));
  return [
    "Latency spikes were observed:\n\n",
    ...findings,
    "\nWhat may help:\n\n",
    ...advice.map((text) => `- ${text}\n`),
  ].join("");
}

/** One line as Redis words it. Source: Redis 7.0 src/latency.c, analyzeLatencyForEvent, createLatencyReport. */
function describe(event: string, { samples, worstMs }: LatencySeries, nowSeconds: number): string {
  const averageMs = Math.floor(mean(samples, ({ durationMs }) => durationMs));
  const deviationMs = Math.floor(
    mean(samples, ({ durationMs }) => Math.abs(averageMs - durationMs)),
  );
  const [oldest] = samples;
  const seconds = Math.max(1, nowSeconds - (oldest?.atSeconds ?? nowSeconds));
  const period = (seconds / samples.length).toFixed(2);
  return `${event}: ${samples.length} latency spikes (average ${averageMs}ms, mean deviation ${deviationMs}ms, period ${period} sec). Worst all time event ${worstMs}ms.`;
}

function mean(samples: readonly LatencySample[], of: (sample: LatencySample) => number): number {
  return samples.reduce((sum, sample) => sum + of(sample), 0) / samples.length;
}

function slowlogAdvice({ config, latency }: Broker): string {
  const slowerThan = config.get("slowlog-log-slower-than");
  const wanted = latency.thresholdMs * 1000;
  return slowerThan >= 0 && (slowerThan <= wanted || wanted === 0)
    ? "SLOWLOG GET names the commands."
    : `The slow log does not see them all: CONFIG SET slowlog-log-slower-than ${wanted}, then SLOWLOG GET names the commands.`;
}
