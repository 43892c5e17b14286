import type { InfoFields } from "./info-fields.ts";

/** What the nodes of a cluster have sent each other to spread published messages, since they started. */
export interface BusTraffic {
  readonly bytes: number;
  /** `computed`: the server counts messages, not bytes; see `readBusTraffic`. */
  readonly source: "counted" | "computed" | "none";
}

/**
 * Bus bytes of one PUBLISH without channel and payload, for servers that do not count bytes. Redis sends its whole
 * cluster header with each: 2256 bytes, and two lengths of 4 (Redis 7.0 src/cluster.h, clusterMsg and
 * clusterMsgDataPublish). Valkey has a light header since 8.0: 16, and 8.
 */
const REDIS_PUBLISH_HEADER_BYTES = 2_264;
const VALKEY_LIGHT_PUBLISH_HEADER_BYTES = 24;
const VALKEY_LIGHT_SINCE = 8;

export interface BusReadOptions {
  readonly clusterInfo: InfoFields;
  readonly serverInfo: InfoFields;
  /** Channel and payload of every message. */
  readonly messageBytes: number;
}

/** Of one node. */
export function readBusTraffic(options: BusReadOptions): BusTraffic {
  const { clusterInfo, serverInfo, messageBytes } = options;
  const counted = clusterInfo.get("cluster_stats_bytes_publish_sent");
  if (counted !== undefined) return { bytes: Number(counted), source: "counted" };
  if (!clusterInfo.has("cluster_state")) return { bytes: 0, source: "none" };
  // Redis lists only kinds of which at least one was sent.
  const sent =
    Number(clusterInfo.get("cluster_stats_messages_publish_sent") ?? 0) +
    Number(clusterInfo.get("cluster_stats_messages_publishshard_sent") ?? 0);
  const major = Number.parseInt(serverInfo.get("valkey_version") ?? "0", 10);
  const header =
    major >= VALKEY_LIGHT_SINCE ? VALKEY_LIGHT_PUBLISH_HEADER_BYTES : REDIS_PUBLISH_HEADER_BYTES;
  return { bytes: sent * (header + messageBytes), source: "computed" };
}
