import { ascii, lower, type Bytes } from "@slotcast/protocol";
import type { Command } from "../../command-registry.ts";
import type { CommandContext } from "../handler.ts";

/**
 * LATENCY HISTOGRAM [command …]: how many calls took at most so many microseconds, for each command that was called.
 * The name of a container stands for its subcommands. Source: Redis 7.0 src/latency.c, latencyCommand.
 */
export function latencyHistogram(context: CommandContext, argv: readonly Bytes[]): void {
  const { broker, reply } = context;
  const { all } = broker.commands;
  const asked = argv.slice(2).map(lower);
  const named = asked.flatMap((name) =>
    all.filter(({ fullName }) => fullName === name || fullName.startsWith(`${name}|`)),
  );
  const shown = (asked.length > 0 ? named : all).filter(isTracked);
  reply.map(shown.length);
  for (const { fullName, stats } of shown) {
    const steps = stats.latencies?.cumulative() ?? [];
    reply.bulk(ascii(fullName));
    reply.map(2);
    reply.bulk(ascii("calls"));
    reply.integer(stats.latencies?.calls ?? 0);
    reply.bulk(ascii("histogram_usec"));
    reply.map(steps.length);
    for (const [microseconds, calls] of steps) {
      reply.integer(microseconds);
      reply.integer(calls);
    }
  }
}

function isTracked({ stats }: Command): boolean {
  return stats.latencies !== undefined;
}
