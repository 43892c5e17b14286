import type {
  PrimaryLinkReport,
  ReplicaReport,
  ReplicationReport,
} from "../cluster/replication-report.ts";
import { steadyMs } from "../cluster/steady-ms.ts";
import type { FollowerView } from "../replication/primary-shard.ts";
import type { StandaloneReplication } from "./standalone-replication.ts";

const STATES = {
  silent: "wait_bgsave",
  due: "wait_bgsave",
  loading: "send_bulk",
  streaming: "online",
} as const satisfies Record<FollowerView["state"], ReplicaReport["state"]>;

/** What INFO and ROLE say of a server without a cluster. */
export function reportOf(standalone: StandaloneReplication): ReplicationReport {
  const { commitOffset, isReplicated, isrSize, leader, parts, role } = standalone;
  const { log } = parts;
  const isActive = isReplicated || (role === "replica" && log.historyId !== "");
  return {
    historyId: leader.historyId || log.historyId,
    offset: parts.replica?.appliedOffset ?? log.endOffset,
    commitOffset,
    inSyncCount: isrSize,
    backlog: isActive
      ? {
          sizeBytesMax: log.backlogBytesMax,
          firstOffset: log.startOffset,
          keptBytes: log.endOffset - log.startOffset,
        }
      : { sizeBytesMax: 0, firstOffset: 0, keptBytes: 0 },
    replicas: (parts.primary?.followers ?? []).flatMap((follower) =>
      ofReplica(standalone, follower),
    ),
    link: ofLink(standalone),
  };
}

function ofReplica({ replicas }: StandaloneReplication, follower: FollowerView): ReplicaReport[] {
  const { nodeId, state, ackedOffset } = follower;
  const link = replicas.to(nodeId);
  if (link === undefined) return [];
  const lagMs = steadyMs() - link.lastHeardMs;
  return [{ nodeId, state: STATES[state], offset: ackedOffset ?? 0, lagMs }];
}

function ofLink({ followed, parts }: StandaloneReplication): PrimaryLinkReport {
  if (followed === undefined) return { state: "connect", sinceMs: 0 };
  const { link, progress, sinceMs } = followed;
  const downMs = steadyMs() - sinceMs;
  if (link === undefined || progress !== "linked") {
    return { state: progress === "linked" ? "connect" : progress, sinceMs: downMs };
  }
  const isFollowing = parts.replica?.state === "following";
  return { state: isFollowing ? "connected" : "sync", sinceMs: steadyMs() - link.lastHeardMs };
}
