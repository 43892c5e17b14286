import { fromText } from "@slotcast/protocol";
import type { CommandContext } from "../handler.ts";
import { clusterOf } from "./cluster-of.ts";
import { nodeLine } from "./node-line.ts";

/** CLUSTER NODES. Reply: a line per node (node-line.ts), each with its end. */
export function clusterNodes(context: CommandContext): void {
  const cluster = clusterOf(context);
  const { client, reply } = context;
  let text = "";
  for (const node of cluster.view.nodes.values()) {
    text += `${nodeLine(node, cluster, client.listenerName)}\n`;
  }
  reply.verbatim(fromText(text));
}
