import { nameOf } from "../../cluster/cluster-problems.ts";
import type { ClusterStatus, NodeStatus, ShardStatus } from "../../cluster/cluster-status.ts";
import { AdminError } from "./admin-error.ts";

/** A node with the shard that it belongs to. */
export interface Member {
  readonly node: NodeStatus;
  readonly shard: ShardStatus;
}

export function membersOf(status: ClusterStatus): Member[] {
  return status.shards.flatMap((shard) => shard.nodes.map((node) => ({ node, shard })));
}

/** The node that was asked. `undefined`: its facts do not know it. */
export function selfOf(status: ClusterStatus): Member | undefined {
  return membersOf(status).find(({ node }) => node.id === status.self);
}

/** By id, the beginning of an id, name, or `host:port`. Throws AdminError unless that is one node. */
export function findNode(status: ClusterStatus, text: string): Member {
  const members = membersOf(status);
  const isMeant = ({ node }: Member): boolean =>
    node.name === text || nameOf({ ...node, name: "" }) === text || isBeginning(text, node.id);
  const [member, ...others] = members.filter(isMeant);
  if (member === undefined) {
    const known = members.map(({ node }) => nameOf(node)).join(", ");
    throw new AdminError(`there is no node '${text}'; there are ${known}`);
  }
  if (others.length > 0) throw new AdminError(`'${text}' could be several nodes: give more of it`);
  return member;
}

/** By id, the beginning of an id, or any of its nodes. Throws AdminError unless that is one shard. */
export function findShard(status: ClusterStatus, text: string): ShardStatus {
  const [shard, ...others] = status.shards.filter(({ id }) => isBeginning(text, id));
  if (others.length > 0) throw new AdminError(`'${text}' could be several shards: give more of it`);
  return shard ?? findNode(status, text).shard;
}

/** Shorter ones would hit by chance. */
const ID_CHARS_MIN = 4;

function isBeginning(text: string, id: string): boolean {
  return text.length >= ID_CHARS_MIN && id.startsWith(text.toLowerCase());
}

/** Enough of an id for people to tell nodes and shards apart. */
export function shortId(id: string): string {
  return id.slice(0, 8);
}
