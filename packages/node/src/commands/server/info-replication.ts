import type { Broker } from "../../broker.ts";
import { DEFAULT_LISTENER } from "../../client-door.ts";
import type { ReplicaReport } from "../../cluster/replication-report.ts";
import { isReplica, primaryAddressOf, replicaAddressOf, replicationOf } from "./replication-of.ts";
import type { InfoField } from "./info-field.ts";

const NO_REPLICATION_ID = "0".repeat(40);

/** The fields of `# Replication`: Redis' in its order, then ours. Source: Redis 7.0 src/server.c, genRedisInfoString. */
export function replicationFields(broker: Broker): InfoField[] {
  const { cluster, config, standalone } = broker;
  const report = replicationOf(broker);
  const { backlog, commitOffset, historyId, inSyncCount, offset, replicas } = report;
  const asksForReplicas =
    config.get("min-replicas-to-write") > 0 && config.get("min-replicas-max-lag") > 0;
  return [
    ["role", isReplica(broker) ? "slave" : "master"],
    ...(isReplica(broker) ? primaryFields(broker) : []),
    ["connected_slaves", replicas.length],
    ...(asksForReplicas ? [["min_slaves_good_slaves", inSyncCount - 1] as const] : []),
    ...replicas.map((replica, index) => replicaField(broker, replica, index)),
    ["master_failover_state", standalone?.failover.state ?? "no-failover"],
    ["master_replid", historyId],
    ["master_replid2", NO_REPLICATION_ID],
    ["master_repl_offset", offset],
    ["second_repl_offset", -1],
    ["repl_backlog_active", backlog.sizeBytesMax > 0 ? 1 : 0],
    ["repl_backlog_size", config.get("repl-backlog-size")],
    // Redis counts bytes from 1.
    ["repl_backlog_first_byte_offset", backlog.sizeBytesMax > 0 ? backlog.firstOffset + 1 : 0],
    ["repl_backlog_histlen", backlog.keptBytes],
    ...(cluster === undefined && backlog.sizeBytesMax === 0
      ? []
      : ([
          ["repl_commit_offset", commitOffset],
          ["repl_in_sync_nodes", inSyncCount],
        ] as const)),
  ];
}

/** Whom this replica follows, and how well. */
function primaryFields(broker: Broker): InfoField[] {
  const { config } = broker;
  const { link, offset } = replicationOf(broker);
  const { host, port } = primaryAddressOf(broker, DEFAULT_LISTENER);
  const isUp = link.state === "connected";
  const seconds = Math.floor(link.sinceMs / 1000);
  return [
    ["master_host", host],
    ["master_port", port],
    ["master_link_status", isUp ? "up" : "down"],
    ["master_last_io_seconds_ago", isUp ? seconds : -1],
    ["master_sync_in_progress", link.state === "sync" ? 1 : 0],
    ["slave_read_repl_offset", offset],
    ["slave_repl_offset", offset],
    ...(isUp ? [] : [["master_link_down_since_seconds", seconds] as const]),
    ["slave_priority", config.get("replica-priority")],
    ["slave_read_only", 1],
    ["replica_announced", config.get("replica-announced") ? 1 : 0],
  ];
}

function replicaField(
  broker: Broker,
  { nodeId, state, offset, lagMs }: ReplicaReport,
  index: number,
): InfoField {
  const { host, port } = replicaAddressOf(broker, nodeId, DEFAULT_LISTENER);
  const lag = Math.floor(lagMs / 1000);
  return [`slave${index}`, `ip=${host},port=${port},state=${state},offset=${offset},lag=${lag}`];
}
