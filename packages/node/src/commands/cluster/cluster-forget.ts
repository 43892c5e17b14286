import { CommandError, type Bytes } from "@slotcast/protocol";
import type { CommandContext } from "../handler.ts";
import { answerWhenDone } from "./answer-when-decided.ts";
import { clusterOf } from "./cluster-of.ts";
import { knownNode } from "./known-node.ts";

const MYSELF = new CommandError("ERR", "I tried hard but I can't forget myself...");
const MY_PRIMARY = new CommandError("ERR", "Can't forget my master!");

/**
 * CLUSTER FORGET node: it is no member any more, for any node, and comes back by CLUSTER MEET only. Reply: OK, also when
 * it was forgotten before: `redis-cli --cluster del-node` tells every node.
 * Source: Redis 7.2 src/cluster.c, clusterCommand.
 */
export function clusterForget(context: CommandContext, argv: readonly Bytes[]): void {
  const [, , nodeId] = argv as readonly [Bytes, Bytes, Bytes]; // arity
  const { admin, view } = clusterOf(context);
  if (!view.nodes.has(nodeId) && admin.facts.forgotten.some((node) => node.nodeId === nodeId)) {
    context.reply.ok();
    return;
  }
  const { id } = knownNode(view, nodeId);
  if (id === view.selfId) throw MYSELF;
  if (id === view.followedId) throw MY_PRIMARY;
  answerWhenDone(context, argv, admin.forget(id));
}
