import type { Broker } from "../../broker.ts";
import type { ReplicationReport } from "../../cluster/replication-report.ts";
import type { PrimaryAddress } from "../../config/directive.ts";

/** This node's part in its shard; without replication, that of a primary whose history begins with this run. */
export function replicationOf({ cluster, replicationId, standalone }: Broker): ReplicationReport {
  return (
    cluster?.admin.replication ??
    standalone?.report ?? {
      historyId: replicationId,
      offset: 0,
      commitOffset: 0,
      inSyncCount: 1,
      backlog: { sizeBytesMax: 0, firstOffset: 0, keptBytes: 0 },
      replicas: [],
      link: { state: "connect", sinceMs: 0 },
    }
  );
}

export function isReplica({ cluster, standalone }: Broker): boolean {
  return cluster?.view.self.role === "replica" || standalone?.role === "replica";
}

/** Of the primary that this node follows, as clients of that listener reach it. */
export function primaryAddressOf(broker: Broker, listenerName: string): PrimaryAddress {
  const { cluster, standalone } = broker;
  const primaryId = cluster?.view.self.primaryId ?? "";
  const endpoint = cluster?.addresses.endpoint(primaryId, listenerName);
  return endpoint ?? standalone?.followed?.primary ?? NOWHERE;
}

/** Of a replica of this primary. */
export function replicaAddressOf(
  { cluster, standalone }: Broker,
  nodeId: string,
  listenerName: string,
): PrimaryAddress {
  const endpoint = cluster?.addresses.endpoint(nodeId, listenerName);
  return endpoint ?? standalone?.replicas.to(nodeId)?.address ?? NOWHERE;
}

const NOWHERE: PrimaryAddress = { host: "", port: 0 };
