import { machine, release, totalmem, type as osType } from "node:os";
import type { Broker } from "../../broker.ts";
import { REDIS_VERSION } from "../../redis-version.ts";
import { SLOTCAST_VERSION } from "../../slotcast-version.ts";
import { connectionBytes } from "../../memory/client-memory.ts";
import { humanBytes, type InfoField } from "./info-field.ts";

/** Asked once: it is read from a file of the system, which takes as long as all the rest of INFO. */
const TOTAL_MEMORY_BYTES = totalmem();

/** The fields of `# Server`. */
export function serverFields(broker: Broker, nowMs: number): InfoField[] {
  const { config, cluster, runId, startedAtMs } = broker;
  const uptimeSeconds = Math.floor((nowMs - startedAtMs) / 1000);
  return [
    ["redis_version", REDIS_VERSION],
    ["server_name", "slotcast"],
    ["slotcast_version", SLOTCAST_VERSION],
    ["redis_mode", cluster === undefined ? "standalone" : "cluster"],
    ["os", `${osType()} ${release()} ${machine()}`],
    ["arch_bits", 64],
    ["node_version", process.versions.node],
    ["process_id", process.pid],
    ["process_supervised", "no"],
    ["run_id", runId],
    ["tcp_port", config.get("port")],
    ["server_time_usec", nowMs * 1000],
    ["uptime_in_seconds", uptimeSeconds],
    ["uptime_in_days", Math.floor(uptimeSeconds / 86_400)],
    ["hz", config.get("hz")],
    ["configured_hz", config.get("hz")],
    ["config_file", config.file ?? ""],
    ["io_threads_active", 0],
  ];
}

/**
 * The fields of `# Memory`. What `used_memory` is: docs/decisions/0008-memory.md; `used_memory_rss` is the system's view
 * of the process. What the keys take is known only while it is counted.
 */
export function memoryFields({ clients, config, memory, stats }: Broker): InfoField[] {
  const used = memory.tellUsedBytes();
  const rss = stats.residentBytes === 0 ? process.memoryUsage.rss() : stats.residentBytes;
  const peak = Math.max(stats.peakMemoryBytes, used);
  const total = TOTAL_MEMORY_BYTES;
  const max = config.get("maxmemory");
  let clientBytes = 0;
  for (const connection of clients.all()) clientBytes += connectionBytes(connection);
  const dataset = memory.keys.totalBytes;
  return [
    ["used_memory", used],
    ["used_memory_human", humanBytes(used)],
    ["used_memory_rss", rss],
    ["used_memory_rss_human", humanBytes(rss)],
    ["used_memory_peak", peak],
    ["used_memory_peak_human", humanBytes(peak)],
    ["used_memory_peak_perc", `${((used / peak) * 100).toFixed(2)}%`],
    ...(memory.keys.isOn
      ? ([
          ["used_memory_overhead", used - dataset],
          ["used_memory_dataset", dataset],
          ["used_memory_dataset_perc", `${((dataset / used) * 100).toFixed(2)}%`],
        ] as const)
      : []),
    ["total_system_memory", total],
    ["total_system_memory_human", humanBytes(total)],
    ["maxmemory", max],
    ["maxmemory_human", humanBytes(max)],
    ["maxmemory_policy", config.get("maxmemory-policy")],
    ["mem_fragmentation_ratio", (rss / used).toFixed(2)],
    ["mem_fragmentation_bytes", rss - used],
    ["mem_clients_slaves", 0],
    ["mem_clients_normal", clientBytes],
    ["mem_allocator", "v8"],
  ];
}

/** The fields of `# CPU`, in seconds. Node helps itself with threads: the main one is where commands run. */
export function cpuFields(): InfoField[] {
  const all = process.cpuUsage();
  const main = process.threadCpuUsage();
  return [
    ["used_cpu_sys", seconds(all.system)],
    ["used_cpu_user", seconds(all.user)],
    ["used_cpu_sys_children", seconds(0)],
    ["used_cpu_user_children", seconds(0)],
    ["used_cpu_sys_main_thread", seconds(main.system)],
    ["used_cpu_user_main_thread", seconds(main.user)],
  ];
}

function seconds(microseconds: number): string {
  return (microseconds / 1_000_000).toFixed(6);
}
