import { majorityOf, type Facts, type LogProgress, type NodeId } from "@slotcast/control";
import type { PeerState } from "./peer-state.ts";

/** What gossip knows: FailureDetector and RumourBook, and of this node itself its own log. */
export interface PeerRumours {
  isSuspected(nodeId: NodeId): boolean;
  /** Who says so, this node included. */
  reportersOf(nodeId: NodeId): readonly NodeId[];
  progress(nodeId: NodeId): Pick<LogProgress, "historyId" | "offset"> | undefined;
}

export type RumouredState = Pick<
  PeerState,
  "isSuspected" | "isFailed" | "isLoading" | "replicationOffset"
>;

/** What others say of a node, and it of itself. Whether its link is up and when it answered is not here. */
export function rumouredState(nodeId: NodeId, facts: Facts, rumours: PeerRumours): RumouredState {
  const { voters } = facts;
  const reporters = rumours.reportersOf(nodeId).filter((id) => voters.includes(id));
  const progress = rumours.progress(nodeId);
  return {
    isSuspected: rumours.isSuspected(nodeId),
    isFailed: reporters.length >= majorityOf(voters.length),
    isLoading: lacksData(nodeId, facts, progress?.historyId),
    replicationOffset: progress?.offset ?? 0,
  };
}

/** Who is in sync has all of it. Who is not, but keeps a log of the shard's history, has an older copy. */
function lacksData(nodeId: NodeId, facts: Facts, historyId: string | undefined): boolean {
  const shard = facts.shards.get(facts.nodes.get(nodeId)?.shardId ?? "");
  if (shard === undefined || shard.isr.some((member) => member.nodeId === nodeId)) return false;
  return historyId !== shard.historyId;
}
