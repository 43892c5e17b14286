import type { ClusterStatus, NodeStatus, ShardStatus } from "../../cluster/cluster-status.ts";
import type { AdminTarget } from "./admin-arguments.ts";
import { readStatus, targetOf } from "./ask-node.ts";
import { membersOf } from "./find-member.ts";

/** The cluster as that node sees it, with what each primary alone knows of its replicas. */
export async function readWholeStatus(target: AdminTarget): Promise<ClusterStatus> {
  const status = await readStatus(target);
  const primaries = membersOf(status).filter(
    ({ node, shard }) =>
      node.role === "primary" &&
      node.id !== status.self &&
      node.health === "online" &&
      shard.nodes.length > 1,
  );
  const answers = await Promise.allSettled(
    primaries.map(async ({ node }) => readStatus(targetOf(node, target))),
  );
  // One that does not answer is shown as the first node sees it.
  const told = answers.flatMap((answer) => (answer.status === "fulfilled" ? [answer.value] : []));
  return withLags(status, told);
}

/** Each of `told` is a primary's own view. Pure. */
export function withLags(status: ClusterStatus, told: readonly ClusterStatus[]): ClusterStatus {
  const shards = status.shards.map((shard): ShardStatus => {
    const own = told.find(({ self }) => self === shard.primary);
    const same = own?.shards.find(({ id, epoch }) => id === shard.id && epoch === shard.epoch);
    if (same === undefined) return shard;
    const nodes = shard.nodes.map((node): NodeStatus => {
      const { lagBytes, lagMs } = same.nodes.find(({ id }) => id === node.id) ?? node;
      return { ...node, lagBytes, lagMs };
    });
    return { ...shard, nodes };
  });
  return { ...status, shards };
}
