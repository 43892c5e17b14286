import { CommandError, lower, SYNTAX_ERROR, type Bytes } from "@slotcast/protocol";
import { wrongSubcommandArity } from "../connection/wrong-subcommand-arity.ts";
import type { CommandContext } from "../handler.ts";
import { answerWhenDone } from "./answer-when-decided.ts";
import { clusterOf } from "./cluster-of.ts";

const HAS_KEYS = new CommandError(
  "ERR",
  "CLUSTER RESET can't be called with master nodes containing keys",
);

/**
 * CLUSTER RESET [HARD | SOFT]: this node leaves its cluster and is alone, without slots and, as a replica, without the
 * keys that it held; after HARD as another node. Reply: OK.
 * Source: Redis 7.0 src/cluster.c, clusterCommand.
 */
export function clusterReset(context: CommandContext, argv: readonly Bytes[]): void {
  const [, , how] = argv;
  const cluster = clusterOf(context);
  const { admin } = cluster;
  if (argv.length > 3) throw wrongSubcommandArity(argv);
  const word = how === undefined ? "soft" : lower(how);
  if (word !== "hard" && word !== "soft") throw SYNTAX_ERROR;
  if (cluster.view.self.role === "primary" && context.broker.keyspace.size > 0) throw HAS_KEYS;
  answerWhenDone(context, argv, admin.reset({ isHard: word === "hard" }));
}
