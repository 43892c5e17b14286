import { CommandError, lower, SYNTAX_ERROR, type Bytes } from "@slotcast/protocol";
import { wrongSubcommandArity } from "../connection/wrong-subcommand-arity.ts";
import type { CommandContext } from "../handler.ts";
import { proposeAndAnswer } from "./answer-when-decided.ts";
import { clusterOf } from "./cluster-of.ts";
import { knownNode } from "./known-node.ts";

const MYSELF = new CommandError("ERR", "Can't replicate myself");
const NO_PRIMARY = new CommandError("ERR", "I can only replicate a master, not a replica.");
const NOT_EMPTY = new CommandError(
  "ERR",
  "To set a master the node must be empty and without assigned slots.",
);

/**
 * CLUSTER REPLICATE node: this node follows that primary. CLUSTER REPLICATE NO ONE (Valkey 9): this replica becomes a
 * primary without slots, and loses its copy of the data. Reply: OK.
 * Source: Redis 7.0 src/cluster.c, clusterCommand; Valkey 9.0 for NO ONE.
 */
export function clusterReplicate(context: CommandContext, argv: readonly Bytes[]): void {
  const [, , text, more, ...rest] = argv as readonly [Bytes, Bytes, Bytes, ...Bytes[]]; // arity
  const cluster = clusterOf(context);
  const { admin } = cluster;
  const { self, selfId } = cluster.view;
  if (rest.length > 0) throw wrongSubcommandArity(argv);
  if (more !== undefined) {
    if (lower(text) !== "no" || lower(more) !== "one") throw SYNTAX_ERROR;
    if (self.role === "primary") {
      context.reply.ok();
      return;
    }
    const [shardId, historyId] = [admin.newId(), admin.newId()];
    const command = { kind: "detach", nodeId: selfId, shardId, historyId } as const;
    proposeAndAnswer(context, argv, { admin, command });
    return;
  }
  const primary = knownNode(cluster.view, text);
  if (primary.id === selfId) throw MYSELF;
  if (primary.role === "replica") throw NO_PRIMARY;
  const isEmpty = self.slots.length === 0 && context.broker.keyspace.size === 0;
  if (self.role === "primary" && !isEmpty) throw NOT_EMPTY;
  const command = { kind: "replicate", nodeId: selfId, shardId: primary.shardId } as const;
  proposeAndAnswer(context, argv, { admin, command });
}
