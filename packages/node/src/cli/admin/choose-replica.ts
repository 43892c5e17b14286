import { nameOf } from "../../cluster/cluster-problems.ts";
import type { ClusterStatus, NodeStatus, ShardStatus } from "../../cluster/cluster-status.ts";
import { AdminError } from "./admin-error.ts";
import { findNode, findShard, selfOf, shortId, type Member } from "./find-member.ts";

export interface FailoverWish {
  readonly node: string | undefined;
  readonly shard: string | undefined;
  readonly mode: "planned" | "force" | "takeover";
}

/**
 * Who is to become primary: the given node, or the best replica of the given shard, or of that of the node that was
 * asked. Throws AdminError when there is none.
 */
export function chooseReplica(status: ClusterStatus, { node, shard, mode }: FailoverWish): Member {
  if (node !== undefined) {
    const member = findNode(status, node);
    // A primary that came back with nothing may begin its shard anew: the node itself knows.
    if (member.node.role === "replica" || mode === "takeover") return member;
    throw new AdminError(`${nameOf(member.node)} is the primary of its shard already`);
  }
  const self = selfOf(status);
  if (shard === undefined && self?.node.role === "replica") return self;
  const its = shard === undefined ? self?.shard : findShard(status, shard);
  if (its === undefined) throw new AdminError("that node is in no cluster: say --shard or --node");
  const replica = bestReplica(its, mode === "takeover" ? "any" : "in sync");
  if (replica !== undefined) return { node: replica, shard: its };
  const hint =
    mode === "takeover" ? "" : "; --takeover promotes one that is not, and may lose writes";
  throw new AdminError(`shard ${shortId(its.id)} has no replica that is online and in sync${hint}`);
}

/** Online, and with the most of its primary's data. */
export function bestReplica(shard: ShardStatus, which: "in sync" | "any"): NodeStatus | undefined {
  const [best] = shard.nodes
    .filter(
      ({ role, health }) => role === "replica" && (health === "online" || health === "loading"),
    )
    .filter(({ isInSync }) => isInSync || which === "any")
    .toSorted((left, right) => distance(left) - distance(right));
  return best;
}

function distance({ isInSync, lagBytes }: NodeStatus): number {
  return (isInSync ? 0 : 1e15) + (lagBytes ?? 1e14);
}
