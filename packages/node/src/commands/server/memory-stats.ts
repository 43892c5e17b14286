import { getHeapStatistics } from "node:v8";
import { ascii, type ReplyWriter } from "@slotcast/protocol";
import { ENTRY_OVERHEAD_BYTES, EXPIRY_BYTES } from "@slotcast/store";
import type { Broker } from "../../broker.ts";
import { connectionBytes } from "../../memory/client-memory.ts";
import type { CommandContext } from "../handler.ts";

/** Bytes or a count, or what goes out as a double, or the fields of one database. */
type Stat = readonly [name: string, value: number | { readonly double: number } | readonly Stat[]];

/**
 * MEMORY STATS. Reply: a map with the fields of Redis 7.0. What is not here (replicas, scripts, an append log) takes
 * 0 bytes; `allocator` is V8's heap. Source: Redis 7.0 src/object.c, memoryCommand.
 */
export function memoryStats({ broker, reply }: CommandContext): void {
  writeStats(reply, statsOf(broker));
}

function statsOf(broker: Broker): Stat[] {
  const { keyspace, memory, stats } = broker;
  const used = memory.tellUsedBytes();
  const peak = Math.max(stats.peakMemoryBytes, used);
  const startup = stats.startupMemoryBytes;
  const sinceStartup = Math.max(used - startup, 0);
  const clients = clientsBytes(broker);
  const tables = keyspace.size * ENTRY_OVERHEAD_BYTES + keyspace.expiringSize * EXPIRY_BYTES;
  const dataset = memory.keys.isOn
    ? memory.keys.totalBytes
    : Math.max(used - startup - clients - tables, 0);
  const datasetShare = sinceStartup === 0 ? 0 : Math.min(dataset / sinceStartup, 1);
  const { used_heap_size: heap, total_heap_size: committed } = getHeapStatistics();
  const rss = process.memoryUsage.rss();
  return [
    ["peak.allocated", peak],
    ["total.allocated", used],
    ["startup.allocated", startup],
    ["replication.backlog", 0],
    ["clients.slaves", 0],
    ["clients.normal", clients],
    ["cluster.links", 0],
    ["aof.buffer", 0],
    ["lua.caches", 0],
    ["functions.caches", 0],
    ...databaseStats(broker),
    ["overhead.total", Math.max(used - dataset, 0)],
    ["keys.count", keyspace.size],
    ["keys.bytes-per-key", keyspace.size === 0 ? 0 : Math.floor(sinceStartup / keyspace.size)],
    ["dataset.bytes", dataset],
    ["dataset.percentage", { double: datasetShare * 100 }],
    ["peak.percentage", { double: (used / peak) * 100 }],
    ["allocator.allocated", heap],
    ["allocator.active", committed],
    ["allocator.resident", rss],
    ["allocator-fragmentation.ratio", { double: committed / heap }],
    ["allocator-fragmentation.bytes", committed - heap],
    ["allocator-rss.ratio", { double: rss / committed }],
    ["allocator-rss.bytes", rss - committed],
    ["rss-overhead.ratio", { double: 1 }],
    ["rss-overhead.bytes", 0],
    ["fragmentation", { double: rss / used }],
    ["fragmentation.bytes", rss - used],
  ];
}

/** Of the databases that have keys. In a cluster there is one, in as many tables as slots. */
function databaseStats({ cluster, keyspace }: Broker): Stat[] {
  const databases =
    cluster === undefined
      ? keyspace.tables()
      : [{ index: 0, size: keyspace.size, expiringSize: keyspace.expiringSize }];
  return databases
    .filter(({ size }) => size > 0)
    .map(({ index, size, expiringSize }): Stat => [
      `db.${index}`,
      [
        ["overhead.hashtable.main", size * ENTRY_OVERHEAD_BYTES],
        ["overhead.hashtable.expires", expiringSize * EXPIRY_BYTES],
        ["overhead.hashtable.slot-to-keys", 0],
      ],
    ]);
}

function clientsBytes({ clients }: Broker): number {
  let sizeBytes = 0;
  for (const connection of clients.all()) sizeBytes += connectionBytes(connection);
  return sizeBytes;
}

function writeStats(reply: ReplyWriter, stats: readonly Stat[]): void {
  reply.map(stats.length);
  for (const [name, value] of stats) {
    reply.bulk(ascii(name));
    if (typeof value === "number") reply.integer(value);
    else if ("double" in value) reply.double(value.double);
    else writeStats(reply, value);
  }
}
