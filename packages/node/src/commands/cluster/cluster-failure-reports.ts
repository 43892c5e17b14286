import type { Bytes } from "@slotcast/protocol";
import type { CommandContext } from "../handler.ts";
import { clusterOf } from "./cluster-of.ts";
import { knownNode } from "./known-node.ts";

/** CLUSTER COUNT-FAILURE-REPORTS node. Reply: how many nodes say that they do not hear of it. */
export function clusterCountFailureReports(context: CommandContext, argv: readonly Bytes[]): void {
  const [, , nodeId] = argv as readonly [Bytes, Bytes, Bytes]; // arity
  const cluster = clusterOf(context);
  const { admin } = cluster;
  context.reply.integer(admin.failureReports(knownNode(cluster.view, nodeId).id));
}
