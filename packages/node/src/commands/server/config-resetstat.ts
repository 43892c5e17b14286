import type { CommandContext } from "../handler.ts";

/** CONFIG RESETSTAT: the counters of INFO's stats section start again, and those of commands and errors. */
export function configResetstat({ broker, reply }: CommandContext): void {
  broker.stats.reset();
  for (const command of broker.commands.all) command.stats.reset();
  const { stats } = broker.keyspace;
  stats.hits = 0;
  stats.misses = 0;
  stats.expired = 0;
  reply.ok();
}
