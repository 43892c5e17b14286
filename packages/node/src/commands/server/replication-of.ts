import type { Broker } from "../../broker.ts";
import type { ReplicationReport } from "../../cluster/replication-report.ts";

/** This node's part in its shard; without replication, that of a primary whose history begins with this run. */
export function replicationOf({ cluster, replicationId }: Broker): ReplicationReport {
  return (
    cluster?.admin?.replication ?? {
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
