import type { CommandContext } from "../handler.ts";

/** CONFIG RESETSTAT: the counters of INFO's stats section start again. */
export function configResetstat({ broker, reply }: CommandContext): void {
  broker.stats.reset();
  const { stats } = broker.keyspace;
  stats.hits = 0;
  stats.misses = 0;
  stats.expired = 0;
  reply.ok();
}
