import { ascii, EMPTY, type Bytes } from "@slotcast/protocol";
import { makeHelp } from "../help.ts";
import type { CommandContext, Handler } from "../handler.ts";

/** LATENCY LATEST: of each event its latest second, the worst in it, and the worst ever. */
export function latencyLatest({ broker, reply }: CommandContext): void {
  const { events } = broker.latency;
  reply.array(events.length);
  for (const [event, { samples, worstMs }] of events) {
    const latest = samples.at(-1);
    reply.array(4);
    reply.bulk(ascii(event));
    reply.integer(latest?.atSeconds ?? 0);
    reply.integer(latest?.durationMs ?? 0);
    reply.integer(worstMs);
  }
}

/** LATENCY HISTORY event: its samples, the oldest first; none for an event that never happened. */
export function latencyHistory({ broker, reply }: CommandContext, argv: readonly Bytes[]): void {
  const samples = broker.latency.series(argv[2] ?? EMPTY)?.samples ?? [];
  reply.array(samples.length);
  for (const { atSeconds, durationMs } of samples) {
    reply.array(2);
    reply.integer(atSeconds);
    reply.integer(durationMs);
  }
}

/** LATENCY RESET [event …]: forgets the named events, or all. Reply: how many there were. */
export function latencyReset({ broker, reply }: CommandContext, argv: readonly Bytes[]): void {
  const { latency } = broker;
  const named: readonly string[] = argv.slice(2);
  const events = named.length > 0 ? named : latency.events.map(([event]) => event);
  reply.integer(events.filter((event) => latency.forget(event)).length);
}

export const latencyHelp: Handler = makeHelp("LATENCY", [
  "DOCTOR",
  "    Return a human readable latency analysis report.",
  "GRAPH <event>",
  "    Return an ASCII latency graph for the <event> class.",
  "HISTORY <event>",
  "    Return time-latency samples for the <event> class.",
  "LATEST",
  "    Return the latest latency samples for all events.",
  "RESET [<event> ...]",
  "    Reset latency data of one or more <event> classes.",
  "    (default: reset all data for all event classes)",
  "HISTOGRAM [COMMAND ...]",
  "    Return a cumulative distribution of latencies in the format of a histogram for the specified command names.",
  "    If no commands are specified then all histograms are replied.",
]);
