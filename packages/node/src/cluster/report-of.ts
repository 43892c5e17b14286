import type { ClusterMember } from "./cluster-member.ts";
import type { ReplicationReport } from "./replication-report.ts";
import { steadyMs } from "./steady-ms.ts";

/** What INFO and ROLE say of a member's part in its shard. */
export function reportOf({ core, log, shard }: ClusterMember): ReplicationReport {
  const { primary, replica } = core.role;
  const nowMs = steadyMs();
  const primaryId = shard?.primary?.nodeId ?? "";
  const heardMs = core.detector.heardAtMs(primaryId) ?? nowMs;
  return {
    historyId: log.historyId || (shard?.historyId ?? ""),
    offset: replica?.appliedOffset ?? log.endOffset,
    commitOffset: log.commitOffset,
    inSyncCount: shard?.isr.length ?? 1,
    backlog: {
      sizeBytesMax: log.backlogBytesMax,
      firstOffset: log.startOffset,
      keptBytes: log.endOffset - log.startOffset,
    },
    replicas: (primary?.followers ?? [])
      .filter(({ isLinked, state }) => isLinked && state !== "silent")
      .map((follower) => ({
        nodeId: follower.nodeId,
        state: follower.state === "streaming" ? "online" : "send_bulk",
        offset: follower.ackedOffset ?? 0,
        lagMs: follower.behindMs(nowMs),
      })),
    link: {
      state: replica === undefined ? "connect" : LINK_STATES[replica.state],
      sinceMs: nowMs - heardMs,
    },
  };
}

const LINK_STATES = {
  idle: "connect",
  asking: "connect",
  due: "sync",
  loading: "sync",
  following: "connected",
} as const;
