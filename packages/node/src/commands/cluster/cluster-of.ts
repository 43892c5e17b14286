import { CommandError, EMPTY, type Bytes } from "@slotcast/protocol";
import type { ClusterAdmin } from "../../cluster/cluster-admin.ts";
import type { ClusterNode } from "../../cluster-node.ts";
import type { CommandContext } from "../handler.ts";

const CLUSTER_DISABLED = new CommandError("ERR", "This instance has cluster support disabled");

/** The node's cluster. Throws the error that every CLUSTER subcommand, HELP included, gives without one. */
export function clusterOf({ broker }: CommandContext): ClusterNode {
  if (broker.cluster === undefined) throw CLUSTER_DISABLED;
  return broker.cluster;
}

/** The same for what changes it. Throws when it is as a file says, and nothing can change it. */
export function adminOf(
  context: CommandContext,
  [, subcommand = EMPTY]: readonly Bytes[],
): { readonly cluster: ClusterNode; readonly admin: ClusterAdmin } {
  const cluster = clusterOf(context);
  const { admin } = cluster;
  if (admin !== undefined) return { cluster, admin };
  throw new CommandError(
    "ERR",
    `CLUSTER ${subcommand.toUpperCase()} is not available: the nodes file decides about this cluster`,
  );
}
