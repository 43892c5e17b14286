import {
  CommandError,
  ERROR_QUOTE_CHARS_MAX,
  NOT_AN_INTEGER,
  type Bytes,
} from "@slotcast/protocol";
import type { CommandContext } from "../handler.ts";
import { parseInt64 } from "../parse-integer.ts";
import { proposeAndAnswer } from "./answer-when-decided.ts";
import { clusterOf } from "./cluster-of.ts";

const NOT_ALONE = new CommandError(
  "ERR",
  "The user can assign a config epoch only when the node does not know any other node.",
);
const ALREADY_SET = new CommandError("ERR", "Node config epoch is already non-zero");

/** What a shard gets with its first slots, while its node is alone. */
const FIRST_EPOCH = 1;

/**
 * CLUSTER SET-CONFIG-EPOCH epoch: what `redis-cli --cluster create` gives to each node before they meet. Reply: OK.
 * Source: Redis 7.0 src/cluster.c, clusterCommand.
 */
export function clusterSetConfigEpoch(context: CommandContext, argv: readonly Bytes[]): void {
  const [, , text] = argv as readonly [Bytes, Bytes, Bytes]; // arity
  const cluster = clusterOf(context);
  const { admin } = cluster;
  const epoch = parseInt64(text);
  if (epoch === undefined) throw NOT_AN_INTEGER;
  if (typeof epoch === "bigint" || epoch < 0) {
    const quoted = text.slice(0, ERROR_QUOTE_CHARS_MAX);
    throw new CommandError("ERR", `Invalid config epoch specified: ${quoted}`);
  }
  const { nodes, self } = cluster.view;
  if (nodes.size > 1) throw NOT_ALONE;
  // In Redis slots do not come with an epoch. So the one that they came with here is none that anybody set.
  const isSet = self.configEpoch > FIRST_EPOCH || epoch < self.configEpoch;
  if (isSet && epoch !== self.configEpoch) throw ALREADY_SET;
  const command = { kind: "set-epoch", shardId: self.shardId, epoch } as const;
  proposeAndAnswer(context, argv, { admin, command });
}

/**
 * CLUSTER BUMPEPOCH: makes this node's epoch the highest. Reply: `BUMPED epoch`, or `STILL epoch` when it was already.
 * A replica's epoch is that of its primary, which is not its own to change.
 * Source: Redis 7.0 src/cluster.c, clusterBumpConfigEpochWithoutConsensus.
 */
export function clusterBumpepoch(context: CommandContext, argv: readonly Bytes[]): void {
  const cluster = clusterOf(context);
  const { admin } = cluster;
  const { currentEpoch, self } = cluster.view;
  const isHighest = self.configEpoch > 0 && self.configEpoch === currentEpoch;
  if (self.role === "replica" || isHighest) {
    context.reply.simple(`STILL ${self.configEpoch}`);
    return;
  }
  const epoch = currentEpoch + 1;
  proposeAndAnswer(context, argv, {
    admin,
    command: { kind: "set-epoch", shardId: self.shardId, epoch },
    accepted: (reply) => {
      reply.simple(`BUMPED ${epoch}`);
    },
  });
}
