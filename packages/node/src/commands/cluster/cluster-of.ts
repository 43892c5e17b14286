import { CommandError } from "@slotcast/protocol";
import type { ClusterNode } from "../../cluster-node.ts";
import type { CommandContext } from "../handler.ts";

const CLUSTER_DISABLED = new CommandError("ERR", "This instance has cluster support disabled");

/** The node's cluster. Throws the error that every CLUSTER subcommand, HELP included, gives without one. */
export function clusterOf({ broker }: CommandContext): ClusterNode {
  if (broker.cluster === undefined) throw CLUSTER_DISABLED;
  return broker.cluster;
}
