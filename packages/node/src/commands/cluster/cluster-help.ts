import type { CommandContext, Handler } from "../handler.ts";
import { makeHelp } from "../help.ts";
import { clusterOf } from "./cluster-of.ts";

const help: Handler = makeHelp("CLUSTER", [
  "COUNTKEYSINSLOT <slot>",
  "    Return the number of keys in <slot>.",
  "GETKEYSINSLOT <slot> <count>",
  "    Return key names stored by current node in a slot.",
  "INFO",
  "    Return information about the cluster.",
  "KEYSLOT <key>",
  "    Return the hash slot for <key>.",
  "MYID",
  "    Return the node id.",
  "MYSHARDID",
  "    Return the node's shard id.",
  "NODES",
  "    Return cluster configuration seen by node. Output format:",
  "    <id> <ip:port> <flags> <master> <pings> <pongs> <epoch> <link> <slot> ...",
  "SLOTS",
  "    Return information about slots range mappings. Each range is made of:",
  "    start, end, master and replicas IP addresses, ports and ids",
  "SHARDS",
  "    Return information about slot range mappings and the nodes associated with them.",
  "LINKS",
  "    Return information about all network links between this node and its peers.",
  "    Output format is an array where each array element is a map containing attributes of a link",
]);

/** CLUSTER HELP: Redis' words about the subcommands there are. */
export function clusterHelp(context: CommandContext, argv: Parameters<Handler>[1]): void {
  clusterOf(context);
  help(context, argv);
}
