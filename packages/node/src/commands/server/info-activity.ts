import type { KeyTable } from "@slotcast/store";
import type { Broker } from "../../broker.ts";
import type { InfoField } from "./info-field.ts";

/** The fields of `# Clients`. */
export function clientsFields(broker: Broker): InfoField[] {
  const { blocking, clients, config, hub, standalone, tracking, watchedKeys } = broker;
  return [
    // Replicas are not counted, as in Redis.
    ["connected_clients", clients.size - (standalone?.replicas.size ?? 0)],
    ["maxclients", config.get("maxclients")],
    ["blocked_clients", blocking.size],
    ["tracking_clients", tracking.clientCount],
    ["pubsub_clients", hub.subscriberCount],
    ["watching_clients", watchedKeys.watchingClients],
    ["total_watched_keys", watchedKeys.keyCount],
    ["total_blocking_keys", blocking.keysCount],
    ["total_blocking_keys_on_nokey", blocking.groupKeysCount],
  ];
}

/** The fields of `# Persistence`: nothing is saved, so what changes since the start only grows. */
export function persistenceFields({ keyspace, standalone, startedAtMs }: Broker): InfoField[] {
  return [
    ["loading", standalone?.isLoading === true ? 1 : 0],
    ["async_loading", 0],
    ["rdb_changes_since_last_save", keyspace.stats.changes],
    ["rdb_bgsave_in_progress", 0],
    // Redis, too, tells its start until the first save.
    ["rdb_last_save_time", Math.floor(startedAtMs / 1000)],
    ["rdb_last_bgsave_status", "ok"],
    ["rdb_last_bgsave_time_sec", -1],
    ["rdb_current_bgsave_time_sec", -1],
    ["rdb_saves", 0],
    ["aof_enabled", 0],
    ["aof_rewrite_in_progress", 0],
    ["aof_rewrite_scheduled", 0],
    ["aof_last_rewrite_time_sec", -1],
    ["aof_current_rewrite_time_sec", -1],
    ["aof_last_bgrewrite_status", "ok"],
    ["aof_last_write_status", "ok"],
  ];
}

/** The fields of `# Stats`. */
export function statsFields(broker: Broker): InfoField[] {
  const { hub, keyspace, memory, standalone, stats, tracking } = broker;
  const syncs = standalone?.parts.primary?.syncStats;
  const { rates } = stats;
  return [
    ["total_connections_received", stats.connectionsReceived],
    ["total_commands_processed", stats.commandsProcessed],
    ["instantaneous_ops_per_sec", Math.floor(rates.commands.perSecond)],
    ["peak_ops_per_sec", Math.floor(stats.peakOpsPerSecond)],
    ["total_net_input_bytes", stats.inputBytes],
    ["total_net_output_bytes", stats.outputBytes],
    ["instantaneous_input_kbps", kilobytes(rates.inputBytes.perSecond)],
    ["instantaneous_output_kbps", kilobytes(rates.outputBytes.perSecond)],
    ["rejected_connections", stats.connectionsRejected],
    ["sync_full", syncs?.fullSyncs ?? 0],
    ["sync_partial_ok", syncs?.partialSyncs ?? 0],
    ["sync_partial_err", 0],
    ["expired_keys", keyspace.stats.expired],
    ["evicted_keys", stats.evictedKeys],
    ["evicted_clients", stats.evictedClients],
    ["total_eviction_exceeded_time", Math.floor(stats.evictionExceededMs + memory.exceededForMs)],
    ["current_eviction_exceeded_time", Math.floor(memory.exceededForMs)],
    ["keyspace_hits", keyspace.stats.hits],
    ["keyspace_misses", keyspace.stats.misses],
    ["pubsub_channels", hub.nameCount("channel")],
    ["pubsub_patterns", hub.nameCount("pattern")],
    ["pubsubshard_channels", hub.nameCount("shardChannel")],
    ["latest_fork_usec", 0],
    ["total_forks", 0],
    ["tracking_total_keys", tracking.keyCount],
    ["tracking_total_items", tracking.itemCount],
    ["tracking_total_prefixes", tracking.prefixCount],
    ["acl_access_denied_auth", stats.errors.of("WRONGPASS")],
    // There is one user, who may do everything.
    ["acl_access_denied_cmd", 0],
    ["acl_access_denied_key", 0],
    ["acl_access_denied_channel", 0],
    ["unexpected_error_replies", 0],
    ["total_error_replies", stats.errorReplies],
    ["client_query_buffer_limit_disconnections", stats.queryLimitDisconnections],
    ["dead_letters", stats.deadLetters],
    ["dead_letters_refused", stats.deadLettersRefused],
    ["client_output_buffer_limit_disconnections", stats.outputLimitDisconnections],
  ];
}

/** The fields of `# Cluster`: Redis' one, then the bus counters. */
export function clusterFields({ cluster }: Broker): InfoField[] {
  return [
    ["cluster_enabled", cluster === undefined ? 0 : 1],
    ...(cluster === undefined ? [] : cluster.infoLines()),
  ];
}

/** The fields of `# Keyspace`: databases with keys. */
export function keyspaceFields({ cluster, config, keyspace }: Broker): InfoField[] {
  if (cluster !== undefined) return databaseField(0, keyspace);
  const fields: InfoField[] = [];
  for (let database = 0; database < config.get("databases"); database += 1) {
    fields.push(...databaseField(database, keyspace.table(database)));
  }
  return fields;
}

function databaseField(
  database: number,
  { size, expiringSize, averageTtlMs }: Pick<KeyTable, "size" | "expiringSize" | "averageTtlMs">,
): InfoField[] {
  if (size === 0) return [];
  const text = `keys=${size},expires=${expiringSize},avg_ttl=${Math.floor(averageTtlMs)}`;
  return [[`db${database}`, text]];
}

function kilobytes(bytes: number): string {
  return (bytes / 1024).toFixed(2);
}
