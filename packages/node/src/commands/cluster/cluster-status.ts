import { fromText } from "@slotcast/protocol";
import { clusterStatus } from "../../cluster/cluster-status.ts";
import type { CommandContext } from "../handler.ts";
import { clusterOf } from "./cluster-of.ts";

/** CLUSTER STATUS (Slotcast only). Reply: JSON, a ClusterStatus; docs/cluster-status.md has it field by field. */
export function clusterStatusCommand(context: CommandContext): void {
  const cluster = clusterOf(context);
  const { admin } = cluster;
  const { config } = context.broker;
  const { listenerName } = context.client;
  const { facts, rumours, replication, leaderId, hasQuorum } = admin;
  const status = clusterStatus({
    selfId: cluster.view.selfId,
    facts,
    rumours,
    replication,
    leaderId,
    hasQuorum,
    minIsr: config.get("min-isr"),
    requiresFullCoverage: config.get("cluster-require-full-coverage"),
    peerState: (nodeId) => cluster.peerState(nodeId),
    addressOf: (nodeId) => cluster.addresses.endpoint(nodeId, listenerName),
  });
  context.reply.bulk(fromText(JSON.stringify(status)));
}
