import type { ClusterStatus, NodeStatus } from "../../cluster/cluster-status.ts";
import { NODE_LOOK_WITHIN_MS, NODE_REPLY_WITHIN_MS } from "../limits.ts";
import { NodeClient } from "../node-client.ts";
import { ErrorReply } from "../reply-reader.ts";
import type { AdminTarget } from "./admin-arguments.ts";
import { AdminError } from "./admin-error.ts";

/** One question to one node, on a connection of its own. Rejects with an AdminError that names the node. */
export async function askNode(
  { address, login }: AdminTarget,
  words: readonly string[],
  timeoutMs = NODE_REPLY_WITHIN_MS,
): Promise<string> {
  const { host, port } = address;
  try {
    using client = await NodeClient.connect(address, { login, timeoutMs });
    return await client.ask(words);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    const plain = error instanceof ErrorReply ? reason.replace(/^ERR /, "") : reason;
    const at = host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
    throw new AdminError(`${at}: ${plain}`, { cause: error });
  }
}

/** The cluster as that node sees it. */
export async function readStatus(
  target: AdminTarget,
  timeoutMs = NODE_LOOK_WITHIN_MS,
): Promise<ClusterStatus> {
  const text = await askNode(target, ["CLUSTER", "STATUS"], timeoutMs);
  const status = JSON.parse(text) as ClusterStatus; // what our own nodes answer
  // A node that is alone does not know its address; we have just reached it.
  const { host } = target.address;
  const reached = (node: NodeStatus): NodeStatus => (node.host === "" ? { ...node, host } : node);
  return {
    ...status,
    shards: status.shards.map((shard) => ({ ...shard, nodes: shard.nodes.map(reached) })),
  };
}

/** That node of the cluster, asked with the same password. */
export function targetOf(
  { host, port }: Pick<NodeStatus, "host" | "port">,
  { login }: AdminTarget,
): AdminTarget {
  return { address: { host, port }, login };
}
