import type { Broker } from "../../broker.ts";
import type { InfoField } from "./info-field.ts";

/** The fields of `# Commandstats`: one for each command that was sent. Source: Redis 7.0 src/server.c. */
export function commandstatsFields({ commands }: Broker): InfoField[] {
  const used = commands.all.filter(({ stats }) => stats.isUsed);
  return used.map(({ fullName, stats: { calls, totalMs, rejected, failed } }) => {
    const microseconds = totalMs * 1000;
    const each = calls === 0 ? 0 : microseconds / calls;
    return [
      `cmdstat_${fullName}`,
      `calls=${calls},usec=${Math.floor(microseconds)},usec_per_call=${each.toFixed(2)},rejected_calls=${rejected},failed_calls=${failed}`,
    ];
  });
}

/** The fields of `# Errorstats`: one for each kind of error that was answered. */
export function errorstatsFields({ stats }: Broker): InfoField[] {
  return stats.errors
    .entries()
    .map(([prefix, count]) => [`errorstat_${prefix}`, `count=${count}`] as const);
}

/** The fields of `# Latencystats`: percentiles of each command, in microseconds. Nothing while they are not tracked. */
export function latencystatsFields({ commands, config }: Broker): InfoField[] {
  if (!config.get("latency-tracking")) return [];
  const percentiles = config.get("latency-tracking-info-percentiles");
  return commands.all.flatMap(({ fullName, stats: { latencies } }) => {
    if (latencies === undefined) return [];
    const shown = percentiles.map(
      (percent) => `p${percent}=${latencies.percentile(percent).toFixed(3)}`,
    );
    return [[`latency_percentiles_usec_${fullName}`, shown.join(",")] as const];
  });
}
