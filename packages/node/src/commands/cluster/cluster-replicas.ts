import { CommandError, fromText, type Bytes } from "@slotcast/protocol";
import type { CommandContext } from "../handler.ts";
import { clusterOf } from "./cluster-of.ts";
import { knownNode } from "./known-node.ts";
import { nodeLine } from "./node-line.ts";

const NO_PRIMARY = new CommandError("ERR", "The specified node is not a master");

/** CLUSTER REPLICAS node, CLUSTER SLAVES node. Reply: a line of CLUSTER NODES for each replica of that primary. */
export function clusterReplicas(context: CommandContext, argv: readonly Bytes[]): void {
  const [, , nodeId] = argv as readonly [Bytes, Bytes, Bytes]; // arity
  const cluster = clusterOf(context);
  const { client, reply } = context;
  const { id, role } = knownNode(cluster.view, nodeId);
  if (role === "replica") throw NO_PRIMARY;
  const replicas = [...cluster.view.nodes.values()].filter(({ primaryId }) => primaryId === id);
  reply.array(replicas.length);
  for (const replica of replicas) {
    reply.bulk(fromText(nodeLine(replica, cluster, client.listenerName)));
  }
}
