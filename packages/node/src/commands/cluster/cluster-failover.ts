import type { NodeId } from "@slotcast/control";
import { CommandError, lower, SYNTAX_ERROR, type Bytes } from "@slotcast/protocol";
import type { ClusterNode } from "../../cluster-node.ts";
import type { FailoverMode } from "../../cluster/cluster-admin.ts";
import { wrongSubcommandArity } from "../connection/wrong-subcommand-arity.ts";
import type { CommandContext } from "../handler.ts";
import { answerWhenDone } from "./answer-when-decided.ts";
import { clusterOf } from "./cluster-of.ts";

const NO_REPLICA = new CommandError("ERR", "You should send CLUSTER FAILOVER to a replica");
const NO_PRIMARY = new CommandError("ERR", "I'm a replica but my master is unknown to me");
const PRIMARY_DOWN = new CommandError(
  "ERR",
  "Master is down or failed, please use CLUSTER FAILOVER FORCE",
);

/**
 * CLUSTER FAILOVER [FORCE | TAKEOVER]: this replica becomes the primary of its shard. Reply: OK when it is (in Redis:
 * when it has been begun), or why it is not. TAKEOVER is also for a primary whose process is another one than that of its
 * reign, when no other of its in-sync set is there: what they had is gone, and the shard begins anew by that.
 * Source: Redis 7.0 src/cluster.c, clusterCommand.
 */
export function clusterFailover(context: CommandContext, argv: readonly Bytes[]): void {
  const cluster = clusterOf(context);
  const { admin } = cluster;
  const { self } = cluster.view;
  if (argv.length > 3) throw wrongSubcommandArity(argv);
  const mode = modeOf(argv[2]);
  if (mode === "takeover" && hasLostAll(cluster, self.id)) {
    answerWhenDone(context, argv, admin.failover(mode));
    return;
  }
  if (self.role === "primary") throw NO_REPLICA;
  if (self.primaryId === undefined) throw NO_PRIMARY;
  const { isConnected, isFailed } = cluster.peerState(self.primaryId);
  if (mode === "planned" && (isFailed || !isConnected)) throw PRIMARY_DOWN;
  answerWhenDone(context, argv, admin.failover(mode));
}

/** The primary of its shard came back with nothing, and so did all who had what it had, or they have failed. */
function hasLostAll(cluster: ClusterNode, nodeId: NodeId): boolean {
  const { facts } = cluster.admin;
  const shard = facts.shards.get(facts.nodes.get(nodeId)?.shardId ?? "");
  if (shard?.primary?.nodeId !== nodeId) return false;
  return shard.isr.every(
    (member) =>
      facts.nodes.get(member.nodeId)?.incarnation !== member.incarnation ||
      (member.nodeId !== nodeId && cluster.peerState(member.nodeId).isFailed),
  );
}

function modeOf(text: Bytes | undefined): FailoverMode {
  if (text === undefined) return "planned";
  const word: string = lower(text);
  if (word === "force" || word === "takeover") return word;
  throw SYNTAX_ERROR;
}
