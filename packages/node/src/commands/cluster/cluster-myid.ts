import { ascii } from "@slotcast/protocol";
import type { CommandContext } from "../handler.ts";
import { clusterOf } from "./cluster-of.ts";

/** CLUSTER MYID. Reply: the node's id, 40 hex digits. */
export function clusterMyid(context: CommandContext): void {
  context.reply.bulk(ascii(clusterOf(context).view.selfId));
}

/** CLUSTER MYSHARDID (7.2). Reply: 40 hex digits that the shard's nodes share. */
export function clusterMyshardid(context: CommandContext): void {
  context.reply.bulk(ascii(clusterOf(context).view.self.shardId));
}
